package domain

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// target is where a write to p lands, when t may write there: what is made below
// data/ of a ThingSet has no name that means something.
func (t *Tree) target(p Path) (Path, error) {
	real, err := t.reach(p)
	if err == nil && refusesName(real, t.d.isSet) {
		return "", noName(p)
	}
	return real, err
}

// reach is where p is, or would be, when t may change what is there.
func (t *Tree) reach(p Path) (Path, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	if strings.Contains("/"+string(p), "/"+tempPrefix) {
		return "", E("e.io.path", Textf("%v 是临时文件的名字", "%v is a temporary file's name", p))
	}
	real, veiled, err := t.d.place(p)
	if t.who == API && (veiled || p.Hidden()) {
		return "", E("e.io.forbidden", p)
	}
	if err == nil && real == "" {
		return "", E("e.io.forbidden", p)
	}
	if err == nil && engines(real, t.d.isSet) {
		return "", storesOwn(p)
	}
	return real, ioError(err, p)
}

// WriteFile makes or replaces a file, durably and whole. Missing folders on the
// way are made.
func (t *Tree) WriteFile(p Path, data []byte) error {
	w, err := t.Create(p)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Commit()
}

// Append adds to a file's end, durably, and makes it when it is missing. Two
// appends never mix. One that fails leaves the file as it was; a crash may leave
// the beginning of data.
func (t *Tree) Append(p Path, data []byte) error {
	real, err := t.target(p)
	if err != nil {
		return err
	}
	row := t.d.row(real)
	row.Lock()
	defer row.Unlock()
	made, err := t.d.append(real, data)
	if made {
		t.d.changed(real)
	} else {
		t.d.written(real)
	}
	return ioError(err, p)
}

func (d *Domain) append(p Path, data []byte) (made bool, err error) {
	d.shape.RLock()
	defer d.shape.RUnlock()
	if err := d.makeDirs(p.Dir()); err != nil {
		return false, err
	}
	fi, err := d.files.Lstat(string(p))
	if err == nil && !fi.Mode().IsRegular() && fi.Mode()&fs.ModeSymlink == 0 {
		return false, notFile(fi, p)
	}
	made = err != nil
	f, err := d.files.OpenFile(string(p), os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, fileMode(p))
	if err != nil {
		return false, err
	}
	defer f.Close()
	if _, err := regular(f, p); err != nil { // a link to a pipe
		return false, err
	}
	if err := appendAll(f, data); err != nil || !made {
		return made, err
	}
	return made, syncDir(d.files, p.Dir().rel())
}

// appendAll writes and syncs, or takes back what it wrote.
func appendAll(f *os.File, data []byte) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(fi.Size()))
	}
	return nil
}

// Mkdir makes a directory and those above it; one that exists is no error.
func (t *Tree) Mkdir(p Path) error {
	if p == "" {
		return nil
	}
	real, err := t.target(p)
	if err != nil {
		return err
	}
	t.d.shape.RLock()
	err = t.d.makeDirs(real)
	t.d.shape.RUnlock()
	return ioError(err, p)
}

// makeDirs makes p and what is missing above it, durably.
func (d *Domain) makeDirs(p Path) error {
	if p == "" {
		return nil
	}
	fi, err := d.files.Stat(string(p))
	if err == nil {
		if !fi.IsDir() {
			return E("e.io.obj.isfile", p)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !missing(err) {
		return err
	}
	if err := d.makeDirs(p.Dir()); err != nil {
		return err
	}
	if err := d.files.Mkdir(string(p), dirMode(p)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d.changed(p)
	return syncDir(d.files, p.Dir().rel())
}
