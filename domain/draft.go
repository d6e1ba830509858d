package domain

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// A write goes to a temporary file in the same folder, which is synced and
// renamed over the target: a crash leaves the old file or the new one, and at
// most a temporary file, which nobody sees and the next opening sweeps away.

// tempPrefix begins the name of every temporary file; the id of the domain's
// opening and a number follow.
const tempPrefix = ".~carya-"

func isTemp(name string) bool { return strings.HasPrefix(name, tempPrefix) }

// draft is a file on its way. One goroutine uses it.
type draft struct {
	dir       *os.Root
	file      *os.File
	tmp, name string
}

// tempName is a new name; no two drafts of a process share one.
func (d *Domain) tempName() string {
	return tempPrefix + d.token + "-" + strconv.FormatUint(d.temps.Add(1), 36)
}

// draft begins a new content for p, whose folder exists. An existing file keeps
// its mode.
func (d *Domain) draft(p Path) (*draft, error) {
	dir, err := d.files.OpenRoot(p.Dir().rel())
	if err != nil {
		return nil, err
	}
	w := &draft{dir: dir, name: p.Base(), tmp: d.tempName()}
	mode := fileMode(p)
	if fi, err := dir.Lstat(w.name); err == nil {
		if fi.Mode().IsRegular() {
			mode = fi.Mode().Perm()
		} else if fi.Mode()&fs.ModeSymlink == 0 {
			dir.Close()
			return nil, notFile(fi, p)
		}
	}
	w.file, err = dir.OpenFile(w.tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		dir.Close()
		return nil, err
	}
	return w, nil
}

// notFile says why something is no file to write to.
func notFile(fi os.FileInfo, p Path) error {
	if fi.IsDir() {
		return E("e.io.obj.isdir", p)
	}
	return E("e.io.forbidden", Textf("%v 是设备、管道或套接字", "%v is a device, pipe or socket", p))
}

// commit puts the draft in its place, durably.
func (w *draft) commit() error {
	defer w.dir.Close()
	err := w.file.Sync()
	if err = errors.Join(err, w.file.Close()); err == nil {
		err = w.dir.Rename(w.tmp, w.name)
	}
	if err != nil {
		return errors.Join(err, w.dir.Remove(w.tmp))
	}
	return syncDir(w.dir, ".")
}

// drop throws the draft away.
func (w *draft) drop() error {
	defer w.dir.Close()
	return errors.Join(w.file.Close(), w.dir.Remove(w.tmp))
}

// fileMode is the mode of a new file: the server's own data is closed to other
// users of the machine.
func fileMode(p Path) os.FileMode {
	if p.Below(dotDomain) {
		return 0o600
	}
	return 0o644
}

func dirMode(p Path) os.FileMode {
	if p.Below(dotDomain) {
		return 0o700
	}
	return 0o755
}
