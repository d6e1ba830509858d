// Package conns guards the connections of the server: a request whose length can be read
// in two ways is refused, so that a proxy before the server and the server never disagree
// about where the next one begins; and a client that does not take its answer is let go.
//
// net/http drops a Content-Length beside chunks without a word, so the bytes themselves
// are looked at as they are read. HTTP/2 has neither trouble; its connections are handed
// on as they are.
package conns

import (
	"crypto/tls"
	"io"
	"net"
	"time"
)

// Stall is how long a client may take no byte of its answer. piece is how much is
// written before that time begins anew.
const (
	Stall = 30 * time.Second
	piece = 128 << 10
)

// lasting is a connection whose writes have a deadline that moves as long as the client
// reads.
type lasting struct {
	*net.TCPConn
	stall time.Duration // how long the client may take nothing
	moved time.Time     // when the deadline was last moved
}

// move moves the deadline; not for every write, since each costs.
func (c *lasting) move() {
	if now := time.Now(); now.Sub(c.moved) > c.stall/4 {
		c.moved = now
		_ = c.TCPConn.SetWriteDeadline(now.Add(c.stall)) // the write tells
	}
}

// SetDeadline implements net.Conn.
func (c *lasting) SetDeadline(t time.Time) error {
	c.moved = time.Time{}
	return c.TCPConn.SetDeadline(t)
}

// Write implements net.Conn.
func (c *lasting) Write(p []byte) (n int, err error) {
	for {
		c.move()
		k, err := c.TCPConn.Write(p[:min(len(p), piece)])
		n, p = n+k, p[k:]
		if err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// ReadFrom implements io.ReaderFrom: files are sent by the kernel, a piece at a time.
func (c *lasting) ReadFrom(r io.Reader) (n int64, err error) {
	l, ok := r.(*io.LimitedReader)
	if !ok {
		l = &io.LimitedReader{R: r, N: 1<<63 - 1}
	}
	for l.N > 0 {
		c.move()
		part := io.LimitedReader{R: l.R, N: min(l.N, piece)}
		want := part.N
		k, err := c.TCPConn.ReadFrom(&part)
		n, l.N = n+k, l.N-k
		if err != nil || k < want {
			return n, err
		}
	}
	return n, nil
}

// reader reads requests from a connection and guards their framing.
type reader struct {
	framing
	bad bool
}

func (r *reader) read(from io.Reader, p []byte) (int, error) {
	if r.bad {
		return 0, ErrFraming
	}
	n, err := from.Read(p)
	if ok := r.scan(p[:n]); ok < n {
		if r.bad = true; ok == 0 {
			return 0, ErrFraming
		}
		return ok, nil
	}
	return n, err
}

// plain is a connection in the clear.
type plain struct {
	lasting
	in reader
}

// Read implements net.Conn.
func (c *plain) Read(p []byte) (int, error) { return c.in.read(c.TCPConn, p) }

// WriteTo implements io.WriterTo.
func (c *plain) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}

// secure is HTTP/1 over TLS.
type secure struct {
	*tls.Conn
	in reader
}

// Read implements net.Conn.
func (c *secure) Read(p []byte) (int, error) { return c.in.read(c.Conn, p) }
