package ctl

import (
	"io"
	"sync"
)

// input is a job's standard input: it asks the client on the first read, so
// that a job that reads nothing takes nothing from the person's terminal.
type input struct {
	c    *conn
	once sync.Once
	r    *io.PipeReader
	w    *io.PipeWriter
}

func newInput(c *conn) *input {
	r, w := io.Pipe()
	return &input{c: c, r: r, w: w}
}

func (in *input) Read(p []byte) (int, error) {
	in.once.Do(func() {
		if err := in.c.send(kindNeed, nil); err != nil {
			in.w.CloseWithError(err)
		}
	})
	return in.r.Read(p)
}

// fill passes In frames on until the connection ends.
func (in *input) fill(c *conn) {
	for {
		k, payload, err := c.receive()
		switch {
		case err != nil:
			in.w.CloseWithError(io.ErrUnexpectedEOF)
			return
		case k == kindIn:
			_, _ = in.w.Write(payload)
		case k == kindEOF:
			in.w.Close()
		}
	}
}
