package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// ErrNoServer says that nobody serves the socket.
var ErrNoServer = errors.New("no server on the control socket")

// Lost is a connection that the server ended before the job had ended: it was
// killed, or stops.
type Lost struct {
	Taken bool // the job may have been begun; otherwise nothing was
	Begun bool // it had asked for input or written output
	Err   error
}

func (l *Lost) Error() string {
	return "control socket: the server ended the connection: " + l.Err.Error()
}

// Unwrap gives the cause.
func (l *Lost) Unwrap() error { return l.Err }

// Do sends a job to the server at path and copies its output. It returns the
// job's exit code; ErrNoServer when nobody listens there; a *Lost when the server
// went away meanwhile; ctx's error when the caller gave up (the job is then
// cancelled).
func Do(ctx context.Context, path string, job Job, io Stdio) (int, error) {
	nc, err := dial(path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return 0, ErrNoServer
	case errors.Is(err, syscall.EAGAIN): // too many wait to be accepted
		return 0, &Lost{Err: err}
	case err != nil:
		return 0, fmt.Errorf("control socket: %w", err)
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	code, err := converse(nc, job, io)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return code, err
}

func converse(nc net.Conn, job Job, stdio Stdio) (int, error) {
	c := &conn{rw: nc}
	payload, err := json.Marshal(job)
	if err != nil {
		return 0, err
	}
	if err := c.send(kindJob, payload); err != nil {
		return 0, &Lost{Err: err}
	}
	var lost Lost
	for {
		k, payload, err := c.receive()
		if err != nil {
			lost.Err = err
			return 0, &lost
		}
		lost.Begun = lost.Begun || k != kindTaken
		lost.Taken = true
		switch k {
		case kindNeed:
			go pump(c, stdio.In)
		case kindOut:
			_, err = stdio.Out.Write(payload)
		case kindErr:
			_, err = stdio.Err.Write(payload)
		case kindExit:
			return int(payload[0]), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// pump sends the person's input; it may outlive the job, waiting on a terminal.
func pump(c *conn, in io.Reader) {
	if in != nil {
		_, _ = io.CopyBuffer(stream{c, kindIn}, in, make([]byte, chunk)) // a job that ended needs no more
	}
	_ = c.send(kindEOF, nil)
}
