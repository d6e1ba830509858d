// Package disk is how the engine touches the file system: below one folder
// (os.Root), and past a hook that may refuse, so that tests can make the disk full or
// broken at any step.
package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
)

// Op is a kind of change to the disk.
type Op string

// The kinds of changes that a hook sees.
const (
	Create Op = "create"
	Write  Op = "write"
	Sync   Op = "sync"
	Rename Op = "rename"
	Remove Op = "remove"
	Cut    Op = "truncate"
)

// Hook sees every change before it is made; name is the path below the folder,
// n the number of bytes of a write. An error takes the change's place; of a
// write the first done bytes are written all the same. ErrSkip leaves the change
// out and reports success.
type Hook func(op Op, name string, n int) (done int, err error)

// ErrSkip is a hook's answer that the change is not made and nobody is told.
var ErrSkip = errors.New("skip")

// Disk is a folder. All methods may be called at once; all names are slash
// separated paths below the folder.
type Disk struct {
	root *os.Root
	hook Hook
}

// Open opens a folder; hook may be nil.
func Open(dir string, hook Hook) (*Disk, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Disk{root, hook}, nil
}

// Close gives the folder back.
func (d *Disk) Close() error { return d.root.Close() }

// Root is the folder for reading.
func (d *Disk) Root() *os.Root { return d.root }

// ask asks the hook; skip says that the change is to be left out.
func (d *Disk) ask(op Op, name string, n int) (done int, skip bool, err error) {
	if d.hook == nil {
		return n, false, nil
	}
	done, err = d.hook(op, name, n)
	switch {
	case err == nil:
		return n, false, nil
	case errors.Is(err, ErrSkip):
		return n, true, nil
	}
	return done, false, &fs.PathError{Op: string(op), Path: name, Err: err}
}

// Rename moves a file, over another one when there is one.
func (d *Disk) Rename(from, to string) error {
	if _, skip, err := d.ask(Rename, to, 0); skip || err != nil {
		return err
	}
	return d.root.Rename(from, to)
}

// Remove removes a file; one that is not there is no error.
func (d *Disk) Remove(name string) error {
	if _, skip, err := d.ask(Remove, name, 0); skip || err != nil {
		return err
	}
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// MkdirAll makes a folder and those above it, durably.
func (d *Disk) MkdirAll(name string, mode fs.FileMode) error {
	if fi, err := d.root.Stat(name); err == nil && fi.IsDir() {
		return nil
	}
	if up := path.Dir(name); up != "." {
		if err := d.MkdirAll(up, mode); err != nil {
			return err
		}
	}
	if _, skip, err := d.ask(Create, name, 0); skip || err != nil {
		return err
	}
	if err := d.root.Mkdir(name, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(path.Dir(name))
}

// SetTime says when a file was written, for what is copied.
func (d *Disk) SetTime(name string, t time.Time) error { return d.root.Chtimes(name, t, t) }

// SyncDir makes the names in a folder durable.
func (d *Disk) SyncDir(name string) error {
	return d.sync(name, (*os.File).Sync)
}

// SyncFile makes what a file holds durable, whoever wrote it.
func (d *Disk) SyncFile(name string) error { return d.SyncDir(name) }

// SyncAll makes everything durable that was written to the file system of the
// folder: cheaper than many files one by one.
func (d *Disk) SyncAll() error {
	return d.sync(".", func(f *os.File) error { return unix.Syncfs(int(f.Fd())) })
}

func (d *Disk) sync(name string, do func(*os.File) error) error {
	if _, skip, err := d.ask(Sync, name, 0); skip || err != nil {
		return err
	}
	if fi, err := d.root.Lstat(name); err == nil && !fi.Mode().IsRegular() && !fi.IsDir() {
		return nil // a person has put that in its place
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return do(f)
}

// WriteFile makes or replaces a small file, whole and durably.
func (d *Disk) WriteFile(name string, data []byte, mode fs.FileMode) error {
	tmp := path.Join(path.Dir(name), ".tmp-"+path.Base(name))
	if err := d.Make(tmp, data, mode); err != nil {
		return err
	}
	err := d.SyncFile(tmp)
	if err == nil {
		err = d.Rename(tmp, name)
	}
	if err != nil {
		d.root.Remove(tmp)
		return err
	}
	return d.SyncDir(path.Dir(name))
}

// Make writes a new file, or one anew, without making it durable.
func (d *Disk) Make(name string, data []byte, mode fs.FileMode) error {
	_, err := d.MakeStat(name, data, mode)
	return err
}

// MakeStat is Make and tells what the system says of the file.
func (d *Disk) MakeStat(name string, data []byte, mode fs.FileMode) (fs.FileInfo, error) {
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteAt(data, 0)
	var fi fs.FileInfo
	if err == nil {
		fi, err = f.f.Stat()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		d.root.Remove(name)
	}
	return fi, err
}

// maxFile bounds the files of the engine's own that are read whole, in bytes.
const maxFile = 4 << 30

// ReadFile is the whole of a regular file, and what the system says of it.
// A pipe or a device that somebody put there is not read.
func (d *Disk) ReadFile(name string) ([]byte, fs.FileInfo, error) { return d.ReadWithin(name, maxFile) }

// ReadWithin is ReadFile of a file of at most max bytes; a larger one is
// e.io.toolarge and is not read. What the system says of a file that is refused
// comes with the error.
func (d *Disk) ReadWithin(name string, max int64) ([]byte, fs.FileInfo, error) {
	f, fi, err := d.open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, fi, err
	}
	defer f.Close()
	size := fi.Size()
	if size <= max {
		data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
		_, err := data.ReadFrom(io.LimitReader(f, max+1)) // it may grow meanwhile
		if size = int64(data.Len()); err != nil || size <= max {
			return data.Bytes(), fi, err
		}
	}
	return nil, fi, domain.E("e.io.toolarge", domain.Textf("~/%v 有 %v 字节，最多 %v 字节", "~/%v has %v bytes, at most %v are allowed", name, size, max))
}

// open opens a regular file, and nothing else: a pipe would block for ever.
func (d *Disk) open(name string, flag int, mode fs.FileMode) (*os.File, fs.FileInfo, error) {
	f, err := d.root.OpenFile(name, flag|unix.O_NONBLOCK, mode)
	if err != nil {
		return nil, nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = domain.E("e.io.forbidden", domain.Textf("~/%v 不是普通文件", "~/%v is no regular file", name))
	}
	if err != nil {
		f.Close()
		return nil, fi, err
	}
	return f, fi, nil
}

// Names are the names in a folder; none when it is not there.
func (d *Disk) Names(dir string) ([]string, error) {
	f, err := d.root.OpenFile(dir, os.O_RDONLY|unix.O_NONBLOCK|unix.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
