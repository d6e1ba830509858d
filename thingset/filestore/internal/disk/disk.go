// Package disk is how the engine touches the file system: below one folder
// (os.Root), and past a hook that may refuse, so that tests can make the disk full or
// broken at any call.
package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
)

// Op is a kind of call to the file system.
type Op string

// The kinds of calls that a hook sees: first those that change something.
const (
	Create  Op = "create"
	Mkdir   Op = "mkdir"
	Write   Op = "write"
	Sync    Op = "sync"
	SyncAll Op = "syncfs"
	Rename  Op = "rename"
	Remove  Op = "remove"
	Cut     Op = "truncate"

	RemoveAll Op = "remove all" // a folder and what is in it

	Exchange  Op = "exchange"   // two files swap their names
	RenameNew Op = "rename new" // a rename that replaces no file

	OpenOld Op = "open"
	Read    Op = "read"
	Stat    Op = "stat"
	List    Op = "list"
	Access  Op = "access"
)

// Changes reports whether calls of the kind change something on disk.
func (o Op) Changes() bool {
	switch o {
	case OpenOld, Read, Stat, List, Access:
		return false
	}
	return true
}

// Call is one call to the file system; names are paths below the folder.
type Call struct {
	Op   Op
	Name string // of a rename the new one, of an exchange one of both
	From string // of a rename the old one, of an exchange the other
	N    int    // bytes of a write
	At   int64  // where a write begins
}

// Hook sees every call before it is made. An error takes the call's place; of a
// write the first done bytes are written all the same. ErrSkip leaves a change out
// and reports success.
type Hook func(c Call) (done int, err error)

// ErrSkip is a hook's answer that the change is not made and nobody is told.
var ErrSkip = errors.New("skip")

// Disk is a folder. All methods may be called at once; all names are slash
// separated paths below the folder.
type Disk struct {
	root  *os.Root
	hook  Hook
	looks bool  // see Look
	all   *File // what SyncAll syncs by, since Begin

	readOnly error // why nothing can be written
}

// Open opens a folder; hook may be nil.
func Open(dir string, hook Hook) (*Disk, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &Disk{root: root, hook: hook}
	if err := d.access(); errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		d.readOnly = err
	}
	return d, nil
}

// access asks the system whether the folder can be written to.
func (d *Disk) access() error {
	if err := d.may(Access, "."); err != nil {
		return err
	}
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Faccessat(int(f.Fd()), ".", unix.W_OK, unix.AT_EACCESS); err != nil {
		return &fs.PathError{Op: "write", Path: ".", Err: err}
	}
	return nil
}

// Close gives the folder back.
func (d *Disk) Close() error {
	if d.all != nil {
		d.all.Close()
	}
	return d.root.Close()
}

// ReadOnly reports whether the folder cannot be written to, as far as the system
// said when it was opened.
func (d *Disk) ReadOnly() bool { return d.readOnly != nil }

// Mode is how a file is opened that will be written to if that can be.
func (d *Disk) Mode() int {
	if d.readOnly != nil {
		return os.O_RDONLY
	}
	return os.O_RDWR
}

// Writable reports why nothing can be written, nil when it can.
func (d *Disk) Writable() error { return d.readOnly }

// Mended reports whether a folder that could not be written to when it was opened
// can be by now. It has to be opened anew then.
func (d *Disk) Mended() bool { return d.readOnly != nil && !d.looks && d.access() == nil }

// Root is the folder for reading.
func (d *Disk) Root() *os.Root { return d.root }

// ask asks the hook; skip says that the change is to be left out.
func (d *Disk) ask(c Call) (done int, skip bool, err error) {
	if d.hook == nil {
		return c.N, false, nil
	}
	done, err = d.hook(c)
	switch {
	case err == nil:
		return c.N, false, nil
	case errors.Is(err, ErrSkip):
		return c.N, true, nil
	}
	return done, false, &fs.PathError{Op: string(c.Op), Path: c.Name, Err: err}
}

// may asks the hook about a call that changes nothing.
func (d *Disk) may(op Op, name string) error {
	_, _, err := d.ask(Call{Op: op, Name: name})
	return err
}

// Rename moves a file, over another one when there is one.
func (d *Disk) Rename(from, to string) error {
	if _, skip, err := d.ask(Call{Op: Rename, Name: to, From: from}); skip || err != nil {
		return err
	}
	return d.root.Rename(from, to)
}

// Remove removes a file; one that is not there is no error.
func (d *Disk) Remove(name string) error {
	if _, skip, err := d.ask(Call{Op: Remove, Name: name}); skip || err != nil {
		return err
	}
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveAll removes a folder with all that is in it; one that is not there is no error.
func (d *Disk) RemoveAll(name string) error {
	if _, skip, err := d.ask(Call{Op: RemoveAll, Name: name}); skip || err != nil {
		return err
	}
	return d.root.RemoveAll(name)
}

// Lstat is what the system says of a file, of a link what it says of the link.
func (d *Disk) Lstat(name string) (fs.FileInfo, error) {
	if err := d.may(Stat, name); err != nil {
		return nil, err
	}
	return d.root.Lstat(name)
}

// MkdirAll makes a folder and those above it, durably.
func (d *Disk) MkdirAll(name string, mode fs.FileMode) error {
	if fi, err := d.Lstat(name); err == nil && fi.IsDir() {
		return nil
	}
	if up := path.Dir(name); up != "." {
		if err := d.MkdirAll(up, mode); err != nil {
			return err
		}
	}
	if _, skip, err := d.ask(Call{Op: Mkdir, Name: name}); skip || err != nil {
		return err
	}
	if err := d.root.Mkdir(name, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(path.Dir(name))
}

// SyncDir makes the names in a folder durable.
func (d *Disk) SyncDir(name string) error {
	f, err := d.openDir(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// SyncUp makes the names in a folder durable, its own, and those of the folders
// above it: whoever made them may have ended before.
func (d *Disk) SyncUp(name string) error {
	for {
		if err := d.SyncDir(name); err != nil || name == "." {
			return err
		}
		name = path.Dir(name)
	}
}

// Begin has the next SyncAll tell of all that is written from now on, also of
// what the system could not write meanwhile and has told somebody else: the
// system reports an error of the file system to those who had it open by then.
func (d *Disk) Begin() error {
	if d.all != nil {
		return nil
	}
	f, err := d.openDir(".")
	if err == nil {
		d.all = f
	}
	return err
}

// SyncAll makes everything durable that was written to the file system of the
// folder: cheaper than many files one by one. Begin and SyncAll are for one
// goroutine at a time.
func (d *Disk) SyncAll() error {
	if err := d.Begin(); err != nil {
		return err
	}
	f := d.all
	d.all = nil
	defer f.Close()
	if _, skip, err := d.ask(Call{Op: SyncAll, Name: "."}); skip || err != nil {
		return err
	}
	return again(func() error { return unix.Syncfs(int(f.f.Fd())) }, "syncfs")
}

// again makes a call that a signal may interrupt.
func again(call func() error, name string) error {
	for {
		if err := call(); err != unix.EINTR {
			return os.NewSyscallError(name, err)
		}
	}
}

// openDir opens a folder.
func (d *Disk) openDir(name string) (*File, error) {
	if err := d.may(OpenOld, name); err != nil {
		return nil, err
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return d.file(f, name), nil
}

// WriteFile makes or replaces a small file, whole and durably.
func (d *Disk) WriteFile(name string, data []byte, mode fs.FileMode) error {
	tmp := path.Join(path.Dir(name), ".tmp-"+path.Base(name))
	f, _, err := d.MakeOpen(tmp, data, mode)
	if err != nil {
		return err
	}
	if err = f.Sync(); err == nil {
		err = f.Close()
	} else {
		f.Close()
	}
	if err == nil {
		err = d.Rename(tmp, name)
	}
	if err != nil {
		_ = d.Remove(tmp)
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
	f, fi, err := d.MakeOpen(name, data, mode)
	if err != nil {
		return nil, err
	}
	return fi, f.Close()
}

// MakeOpen is MakeStat and leaves the file open, for the caller to sync and close.
func (d *Disk) MakeOpen(name string, data []byte, mode fs.FileMode) (*File, fs.FileInfo, error) {
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, nil, err
	}
	_, err = f.WriteAt(data, 0)
	var fi fs.FileInfo
	if err == nil {
		fi, err = f.f.Stat()
	}
	if err != nil {
		f.Close()
		_ = d.Remove(name)
		return nil, nil, err
	}
	return f, fi, nil
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
	if err := d.may(OpenOld, name); err != nil {
		return nil, nil, err
	}
	f, fi, err := d.regular(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, fi, err
	}
	defer f.Close()
	if err := d.may(Read, name); err != nil {
		return nil, nil, err
	}
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

// regular opens a regular file, and nothing else: a pipe would block for ever.
func (d *Disk) regular(name string, flag int, mode fs.FileMode) (*os.File, fs.FileInfo, error) {
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
	if err := d.may(List, dir); err != nil {
		return nil, err
	}
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
