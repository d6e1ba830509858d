package regapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
	"github.com/caryahq/carya/shell"
)

const (
	bodyMax    = 32 << 20  // default of http-body-max
	bodyMemory = 256 << 10 // a larger body lies on disk
	bodyKeep   = 64 << 10  // of a buffer, for the next request
	bodyFirst  = 512       // of a buffer at first
	bodyFree   = 8 << 10   // of memory that counts for no domain

	dropMax  = bodyMax // of a body that is too large, so that its client hears so
	dropTime = 10 * time.Second
)

// body is a request's body, read once: its beginning for the guard, the rest before the
// script.
type body struct {
	read  bool // to its end
	begun bool
	err   error
	mem   []byte
	file  *os.File // nil: mem is all
	len   int64
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
	if !c.hasBody() {
		b.read = true
		return nil
	}
	return c.takeBody(c.maxBody()+1, (*body).take)
}

// guardHead is how much of a body the guard may read to find a ticket.
const guardHead = 64 << 10

// readHead takes the beginning of the body, and all of it when it is that short.
func (c *call) readHead() error {
	b := &c.body
	if b.begun || b.read || !c.hasBody() {
		return b.err
	}
	return c.takeBody(guardHead, (*body).takeHead)
}

// takeBody reads the body by one of the ways, within the time that there is for it.
func (c *call) takeBody(most int64, how func(*body, *call, io.Reader) error) error {
	b := &c.body
	b.begun = true
	done, err := c.share().Receive(c.counted())
	if err != nil {
		b.read, b.err = true, err
		c.closeNow()
		return err
	}
	defer done()
	conn := http.NewResponseController(c.w)
	conn.SetReadDeadline(c.deadline()) // no test recorder has one, every connection does
	b.err = how(b, c, io.LimitReader(c.r.Body, most-int64(len(b.mem))))
	c.req.Len = b.len
	if b.err != nil {
		b.read = true
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

// takeHead reads until there are guardHead bytes, or the body's end.
func (b *body) takeHead(c *call, in io.Reader) error {
	err := b.fill(c, in, guardHead)
	if err == io.EOF && len(b.mem) < guardHead {
		b.read = true
		return b.fits(int64(len(b.mem)), c.maxBody())
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// take reads to the end: into memory what is short, and while the domain has memory for
// it; else to a file.
func (b *body) take(c *call, in io.Reader) error {
	b.read = true
	switch err := b.fill(c, in, bodyMemory); err {
	case io.EOF:
		return b.fits(int64(len(b.mem)), c.maxBody())
	case nil:
	default:
		return err
	}
	n, err := b.spill(c, in)
	if err != nil {
		return err
	}
	return b.fits(n, c.maxBody())
}

// fill reads into memory until most bytes are there (nil), the domain has no memory for
// more (nil), or the body has ended (io.EOF).
func (b *body) fill(c *call, in io.Reader, most int) error {
	for len(b.mem) < most {
		if len(b.mem) == cap(b.mem) && !b.grow(c) {
			return nil
		}
		n, err := in.Read(b.mem[len(b.mem):min(cap(b.mem), most)])
		b.mem = b.mem[:len(b.mem)+n]
		if err != nil {
			return err
		}
	}
	return nil
}

// grow doubles the memory of the body; false when the domain has no more of it. The
// first few KiB are everybody's.
func (b *body) grow(c *call) bool {
	size := min(max(2*cap(b.mem), bodyFirst), bodyMemory)
	if size > bodyFree && !c.hold.Memory(int64(size-cap(b.mem))) {
		return false
	}
	mem := make([]byte, len(b.mem), size)
	copy(mem, b.mem)
	b.mem = mem
	return true
}

func (b *body) fits(n, limit int64) error {
	if b.len = n; n > limit {
		return domain.E("e.api.body.toolarge", domain.Textf("上限是 %v 字节", "the limit is %v bytes", limit))
	}
	return nil
}

// spill moves the body to a file without a name in the domain's own folder for them,
// which is gone when it is closed, whatever happens.
func (b *body) spill(c *call, in io.Reader) (int64, error) {
	f, err := c.tempFile("body-")
	if err != nil {
		return 0, err
	}
	b.file = f
	to := &counted{w: f, h: &c.hold}
	if _, err := to.Write(b.mem); err != nil {
		return 0, err
	}
	n, err := io.Copy(to, in)
	return int64(len(b.mem)) + n, err
}

// tempFile makes a file that has no name any more.
func (c *call) tempFile(prefix string) (*os.File, error) {
	dir := filepath.Join(c.h.opt.TempDir, c.d.Name())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, prefix)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// counted writes what the domain has disk for.
type counted struct {
	w io.Writer
	h *share.Hold
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	if err := c.h.Disk(int64(len(p))); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

// within refuses a body that is longer than it may be in memory.
func (b *body) within(max int64) error {
	if b.len > max {
		return domain.E("e.api.body.toolarge", domain.Textf("作为参数最多 %v 字节", "as parameters it may have %v bytes", max))
	}
	return nil
}

// text is bytes as a string, copied once.
func (b *body) text(max int64) (string, error) {
	if err := b.within(max); err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(int(b.len))
	_, err := io.Copy(&text, b.reader())
	return text.String(), err
}

// bytes is the whole body in memory, at most max. Those of a file are the caller's.
func (b *body) bytes(max int64) ([]byte, error) {
	if err := b.within(max); err != nil {
		return nil, err
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
