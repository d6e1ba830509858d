// Package ctl is the control socket: a verb that runs beside a server sends its
// work there and gets the output back as if it had run here.
//
// The protocol is one job a connection, in frames: one byte of kind, four
// bytes of length (big endian), the payload. The client sends a Job frame;
// the server sends Taken before it begins the job: whose connection ends without it
// knows that nothing was begun. The server sends Need when the job first reads its input, and the client then
// sends In frames and one EOF. Out and Err carry output, Exit (one byte) ends
// the job. Closing the connection cancels it.
package ctl

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

type kind byte

const (
	kindJob   kind = 'J' // client: the job as JSON
	kindIn    kind = 'i' // client: input
	kindEOF   kind = '.' // client: the input has ended
	kindTaken kind = 't' // server: the job begins
	kindNeed  kind = '?' // server: the job wants input
	kindOut   kind = 'o' // server: standard output
	kindErr   kind = 'e' // server: standard error
	kindExit  kind = 'x' // server: the exit code, one byte
)

// maxFrame bounds a payload in bytes.
const maxFrame = 1 << 20

// chunk is the payload that long streams are cut into.
const chunk = 32 << 10

// conn writes whole frames from several goroutines and reads them from one.
type conn struct {
	rw io.ReadWriter
	mu sync.Mutex
}

func (c *conn) send(k kind, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	frame := make([]byte, 5, 5+len(payload))
	frame[0] = byte(k)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(payload)))
	_, err := c.rw.Write(append(frame, payload...))
	return err
}

func (c *conn) receive() (kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(c.rw, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("control socket: frame of %d bytes", n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(c.rw, payload)
	return kind(head[0]), payload, err
}

// stream is an io.Writer that sends frames of one kind.
type stream struct {
	c *conn
	k kind
}

func (s stream) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, chunk)
		if err := s.c.send(s.k, p[done:done+n]); err != nil {
			return done, err
		}
		done += n
	}
	return len(p), nil
}
