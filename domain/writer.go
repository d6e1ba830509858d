package domain

import (
	"errors"
	"os"
)

// Writer is a file's new content on its way. It takes the old one's place at
// Commit, whole and durable; until then nobody sees it. One goroutine uses it.
type Writer struct {
	d       *Domain
	path    Path
	w       *draft
	release func()
}

// Create begins a new content for a file. Missing folders on the way are made.
// The Writer must be closed.
func (t *Tree) Create(p Path) (*Writer, error) {
	real, err := t.target(p)
	if err != nil {
		return nil, err
	}
	release := t.d.Use()
	w, err := t.d.begin(real)
	if err != nil {
		release()
		return nil, ioError(err, p)
	}
	return &Writer{d: t.d, path: real, w: w, release: release}, nil
}

func (d *Domain) begin(p Path) (*draft, error) {
	d.shape.RLock()
	defer d.shape.RUnlock()
	if err := d.makeDirs(p.Dir()); err != nil {
		return nil, err
	}
	return d.draft(p)
}

// Write adds to the content.
func (w *Writer) Write(b []byte) (int, error) {
	if w.w == nil {
		return 0, E("e.io.forbidden", Textf("%v 正在被写入", "%v is written already", w.path))
	}
	n, err := w.w.file.Write(b)
	return n, ioError(err, w.path)
}

// Commit puts the content in its place. After it only Close is of use.
func (w *Writer) Commit() error {
	if w.w == nil {
		return E("e.io.forbidden", Textf("%v 正在被写入", "%v is written already", w.path))
	}
	err := w.commit()
	w.done()
	w.d.changed(w.path)
	return ioError(err, w.path)
}

func (w *Writer) commit() error {
	w.d.shape.RLock()
	defer w.d.shape.RUnlock()
	if !w.d.sameDir(w.path.Dir(), w.w.dir) {
		return errors.Join(E("e.io.obj.noexists", Textf("%v（所在目录已被移走）", "%v (its folder was moved)", w.path)), w.w.drop())
	}
	return w.w.commit()
}

// sameDir reports whether p still is the folder that was opened as dir.
func (d *Domain) sameDir(p Path, dir *os.Root) bool {
	a, err1 := d.files.Stat(p.rel())
	b, err2 := dir.Stat(".")
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// Close discards what was not committed. It may be called again.
func (w *Writer) Close() error {
	if w.w == nil {
		return nil
	}
	err := w.w.drop()
	w.done()
	return ioError(err, w.path)
}

func (w *Writer) done() {
	w.w = nil
	w.release()
}
