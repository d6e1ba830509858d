package cmds

import (
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// treeOf is the domain's tree as the principal sees it.
func treeOf(c *shell.Call) (*domain.Tree, error) {
	t := c.Tree()
	if t == nil {
		return nil, domain.E("e.domain.noexists", domain.Text{ZH: "该命令需要在域中执行", EN: "this command needs a domain"})
	}
	return t, nil
}

// pathOf is the path that a Ref word names.
func pathOf(c *shell.Call, a shell.Arg) (*domain.Tree, domain.Path, error) {
	t, err := treeOf(c)
	if err != nil {
		return nil, "", err
	}
	ref, err := a.Ref()
	if err != nil {
		return nil, "", err
	}
	p, err := t.Resolve(ref)
	return t, p, err
}

// ownPath is pathOf for a command that takes something away: ~/pub/${f} without an
// f is not ~/pub.
func ownPath(c *shell.Call, a shell.Arg) (*domain.Tree, domain.Path, error) {
	t, p, err := pathOf(c, a)
	folder, name, data := "", "", false // what the script says, and what is named behind it
	for text, isData := range a.Pieces() {
		if i := strings.LastIndexByte(text, '/'); i >= 0 && !isData {
			folder, name, data = folder+name+text[:i+1], text[i+1:], false
			continue
		}
		name, data = name+text, data || isData
	}
	if err == nil && data && folder != "" && strings.Trim(name, "./") == "" {
		err = domain.E("e.io.path", domain.Textf("%v 之后没有写出名字", "nothing is named behind %v", folder))
	}
	return t, p, err
}

// isRequest reports whether a ref names the request itself: id:${id}.
func isRequest(c *shell.Call, ref domain.Ref) bool {
	return ref.ID != "" && c.Request != nil && ref.ID == c.Request.ID
}

// open opens what a Ref word names: a file of the tree, or the request's body.
func open(c *shell.Call, a shell.Arg) (io.ReadCloser, error) {
	ref, err := a.Ref()
	if err != nil {
		return nil, err
	}
	if isRequest(c, ref) {
		return c.Request.Body()
	}
	t, p, err := pathOf(c, a)
	if err != nil {
		return nil, err
	}
	return t.Open(p)
}

// source is one of the inputs of a filter.
type source struct {
	name string // as the word was written; "" for the pipe
	io.Reader
	size int64 // of a file; 0 when it is not known
}

// eachSource calls f with each object that the words from the i-th on name, or
// with the pipe when there is none.
func eachSource(c *shell.Call, i int, f func(source) error) error {
	if c.NArg() <= i {
		return f(source{"", withContext(c, c.In), 0})
	}
	for _, a := range c.Args(i) {
		if err := oneSource(c, a, f); err != nil {
			return err
		}
	}
	return nil
}

func oneSource(c *shell.Call, a shell.Arg, f func(source) error) error {
	r, err := open(c, a)
	if err != nil {
		return err
	}
	defer r.Close()
	return f(source{a.Text(), withContext(c, r), sizeOf(r)})
}

// sizeOf is the size of a file that was opened, 0 of anything else.
func sizeOf(r io.Reader) int64 {
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// withContext makes reading end with the run, and wait for its turn.
func withContext(c *shell.Call, r io.Reader) io.Reader { return &ctxReader{c, r} }

type ctxReader struct {
	c *shell.Call
	r io.Reader
}

// Read implements io.Reader.
func (r *ctxReader) Read(p []byte) (int, error) {
	if err := r.c.Context().Err(); err != nil {
		return 0, err
	}
	if err := r.c.Pace(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// copyTo streams a source, in constant memory.
func copyTo(w io.Writer, r io.Reader) error {
	box := copyBoxes.Get().(*[]byte)
	defer copyBoxes.Put(box)
	_, err := io.CopyBuffer(w, r, *box)
	return err
}

// copyBoxes are the buffers of copies: a script that does many small ones would make most
// of all garbage.
var copyBoxes = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// lasts is the run's error when it is over; a command that goes on n times looks now and
// then.
func lasts(c *shell.Call, n int) error {
	if n%16 != 15 {
		return nil
	}
	if err := c.Context().Err(); err != nil {
		return err
	}
	return c.Pace()
}

// peak counts for a run the most that a command holds at once of what comes and goes.
type peak struct {
	c    *shell.Call
	most int
}

// at notes that the command holds n bytes now.
func (p *peak) at(n int) error {
	more := n - p.most
	if more <= 0 {
		return nil
	}
	p.most = n
	return p.c.Hold(more)
}

// within refuses what is more than a command may hold at once.
func within(data []byte) error {
	if len(data) > shell.MaxInput {
		return tooLong(shell.MaxInput)
	}
	return nil
}

func tooLong(max int) error {
	return domain.E("e.io.toolarge", domain.Textf("超过 %v 字节", "more than %v bytes", max))
}
