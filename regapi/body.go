package regapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

const (
	bodyMax    = 32 << 20  // default of http-body-max
	bodyMemory = 256 << 10 // a larger body lies on disk
	bodyKeep   = 64 << 10  // of a buffer, for the next request

	dropMax  = bodyMax // of a body that is too large, so that its client hears so
	dropTime = 10 * time.Second
)

// body is a request's body, read once on first use.
type body struct {
	read bool
	err  error
	mem  []byte
	file *os.File // nil: mem is all
	len  int64
}

// maxBody is the limit of the endpoint.
func (c *call) maxBody() int64 {
	if c.ep != nil && c.ep.settings.bodyMax > 0 {
		return c.ep.settings.bodyMax
	}
	return bodyMax
}

// tooLarge reports whether the body says of itself that it is over the limit.
func (c *call) tooLarge() bool { return c.r.ContentLength > c.maxBody() }

// openBody is domain.Request.Body.
func (c *call) openBody() (io.ReadSeekCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.readBody(); err != nil {
		return nil, err
	}
	if c.body.file != nil {
		return nopCloser{io.NewSectionReader(c.body.file, 0, c.body.len)}, nil
	}
	return nopCloser{bytes.NewReader(c.body.mem)}, nil
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// WriteTo spares a copy where the reader below can.
func (n nopCloser) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, n.ReadSeeker) }

// readBody takes the body from the connection, whole.
func (c *call) readBody() error {
	b := &c.body
	if b.read {
		return b.err
	}
	b.read = true
	if c.r.Body == nil || c.r.Body == http.NoBody {
		return nil
	}
	conn := http.NewResponseController(c.w)
	conn.SetReadDeadline(c.deadline()) // no test recorder has one, every connection does
	b.err = b.take(c.r.Body, c.maxBody(), c.h.opt.TempDir)
	c.req.Len = b.len
	if b.err != nil {
		if b.err = bodyError(b.err); overLimit(b.err) {
			c.dropBody()
		}
		return b.err // the deadline stays: net/http waits for the rest of the body before it answers
	}
	conn.SetReadDeadline(time.Time{})
	return nil
}

// dropBody takes what a client goes on sending of a body that is too large: most hear no
// answer before they have sent all, and would only see the connection break.
// One that asked first whether it may send is answered at once.
func (c *call) dropBody() {
	if c.r.ProtoMajor != 1 || c.r.Header.Get("Expect") != "" {
		return
	}
	conn := http.NewResponseController(c.w)
	conn.SetReadDeadline(time.Now().Add(dropTime))
	if _, err := io.CopyN(io.Discard, c.r.Body, dropMax); err == io.EOF {
		conn.SetReadDeadline(time.Time{})
	}
}

// deadline is when the script ends at the latest.
func (c *call) deadline() time.Time {
	d := shell.DefaultTime
	if c.ep != nil && c.ep.settings.timeout > 0 {
		d = c.ep.settings.timeout
	}
	return c.begun.Add(d)
}

func bodyError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return domain.Wrap(err, "e.timeout", domain.Text{ZH: "请求体", EN: "the body"})
	}
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return domain.Wrap(err, "e.internal")
	}
	return domain.Wrap(err, "e.api.request", domain.Text{ZH: "请求体过早结束", EN: "the body ended early"})
}

func (b *body) take(from io.Reader, limit int64, dir string) error {
	in := io.LimitReader(from, limit+1)
	for len(b.mem) < bodyMemory {
		if len(b.mem) == cap(b.mem) {
			b.mem = append(b.mem, 0)[:len(b.mem)]
		}
		n, err := in.Read(b.mem[len(b.mem):min(cap(b.mem), bodyMemory)])
		b.mem = b.mem[:len(b.mem)+n]
		if err == io.EOF {
			return b.fits(int64(len(b.mem)), limit)
		}
		if err != nil {
			return err
		}
	}
	n, err := b.spill(in, dir)
	if err != nil {
		return err
	}
	return b.fits(n, limit)
}

func (b *body) fits(n, limit int64) error {
	if b.len = n; n > limit {
		return domain.E("e.api.body.toolarge", domain.Textf("上限是 %v 字节", "the limit is %v bytes", limit))
	}
	return nil
}

// spill moves the body to a file without a name, which is gone when it is
// closed, whatever happens.
func (b *body) spill(in io.Reader, dir string) (int64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(dir, "body-")
	if err != nil {
		return 0, err
	}
	b.file = f
	if err := os.Remove(f.Name()); err != nil {
		return 0, err
	}
	if _, err := f.Write(b.mem); err != nil {
		return 0, err
	}
	n, err := io.Copy(f, in)
	return int64(len(b.mem)) + n, err
}

// bytes is the whole body in memory, at most max.
func (b *body) bytes(max int64) ([]byte, error) {
	if b.len > max {
		return nil, domain.E("e.api.body.toolarge", domain.Textf("作为参数最多 %v 字节", "as parameters it may have %v bytes", max))
	}
	if b.file == nil {
		return b.mem, nil
	}
	out := make([]byte, b.len)
	_, err := b.file.ReadAt(out, 0)
	return out, err
}

// close forgets the body.
func (b *body) close() {
	if b.file != nil {
		b.file.Close()
	}
	mem := b.mem[:0]
	if cap(mem) > bodyKeep {
		mem = nil
	}
	*b = body{mem: mem}
}
