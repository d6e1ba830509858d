package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Hand makes calls for single files of folders, which it may hold open: then it need
// not walk there for each of them. It is for one goroutine at a time.
type Hand struct {
	d    *Disk
	held map[string]*os.File
}

// Hand is one that holds nothing.
func (d *Disk) Hand() *Hand { return &Hand{d: d, held: map[string]*os.File{}} }

// Hold holds a folder, for a short while: who moves it away meanwhile is followed.
func (h *Hand) Hold(dir string) error {
	if h.held[dir] != nil {
		return nil
	}
	f, err := h.d.root.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err == nil {
		h.held[dir] = f
	}
	return err
}

// LetGo lets go of all folders.
func (h *Hand) LetGo() {
	for _, f := range h.held {
		f.Close()
	}
	clear(h.held)
}

// at gives a folder's file descriptor, and what to call afterwards.
func (h *Hand) at(dir string) (fd int, done func(), err error) {
	if f := h.held[dir]; f != nil {
		return int(f.Fd()), func() {}, nil
	}
	f, err := h.d.root.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return 0, nil, err
	}
	return int(f.Fd()), func() { f.Close() }, nil
}

// Exchange has a file and another one swap their names at once: nobody ever finds one
// of the names without a file. It is errors.ErrUnsupported where the file system cannot
// do that. Who watches a folder is told that the first name went, and then that it came.
func (h *Hand) Exchange(name, other string) error {
	if _, skip, err := h.d.ask(Call{Op: Exchange, Name: name, From: other}); skip || err != nil {
		return unsupported(err)
	}
	return h.rename2(name, other, unix.RENAME_EXCHANGE)
}

// MoveNew moves a file to a name that no file has; fs.ErrExist when one has. Where
// the file system cannot do that at once the file has both names for a moment, or the
// name is looked at before.
func (h *Hand) MoveNew(from, to string) error {
	_, skip, err := h.d.ask(Call{Op: RenameNew, Name: to, From: from})
	if err = unsupported(err); err == nil && !skip {
		err = h.rename2(from, to, unix.RENAME_NOREPLACE)
	}
	if skip || !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	switch err := h.d.root.Link(from, to); {
	case err == nil:
		return h.d.root.Remove(from)
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := h.d.root.Lstat(to); err == nil {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	return h.d.root.Rename(from, to)
}

// unsupported gives an error of a file system that does not know the call.
func unsupported(err error) error {
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) {
		return errors.ErrUnsupported
	}
	return err
}

// rename2 is renameat2 below the folder.
func (h *Hand) rename2(from, to string, flags uint) error {
	a, done, err := h.at(path.Dir(from))
	if err != nil {
		return err
	}
	defer done()
	b, done, err := h.at(path.Dir(to))
	if err != nil {
		return err
	}
	defer done()
	err = retry(func() error { return unix.Renameat2(a, path.Base(from), b, path.Base(to), flags) })
	if err != nil {
		return unsupported(&os.LinkError{Op: "renameat2", Old: from, New: to, Err: err})
	}
	return nil
}

// Lstat is Disk.Lstat.
func (h *Hand) Lstat(name string) (fs.FileInfo, error) {
	if err := h.d.may(Stat, name); err != nil {
		return nil, err
	}
	return h.lstat(name)
}

func (h *Hand) lstat(name string) (fs.FileInfo, error) {
	fd, done, err := h.at(path.Dir(name))
	if err != nil {
		return nil, err
	}
	defer done()
	var st unix.Stat_t
	err = retry(func() error { return unix.Fstatat(fd, path.Base(name), &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return status{path.Base(name), st}, nil
}

// Remove is Disk.Remove.
func (h *Hand) Remove(name string) error {
	if _, skip, err := h.d.ask(Call{Op: Remove, Name: name}); skip || err != nil {
		return err
	}
	fd, done, err := h.at(path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer done()
	err = retry(func() error { return unix.Unlinkat(fd, path.Base(name), 0) })
	if err != nil && err != unix.ENOENT {
		return &fs.PathError{Op: "unlink", Path: name, Err: err}
	}
	return nil
}

// Unused is what the system says of a file, of a link what it says of the link, and
// whether it is sure that nobody else has the file open: who has may still write to
// it, whatever it is called by then. Where the system does not tell it is true.
func (h *Hand) Unused(name string) (fi fs.FileInfo, unused bool, err error) {
	if err := h.d.may(OpenOld, name); err != nil {
		return nil, false, err
	}
	dir, done, err := h.at(path.Dir(name))
	if err != nil {
		return nil, false, err
	}
	defer done()
	var fd int
	err = retry(func() (err error) {
		fd, err = unix.Openat(dir, path.Base(name), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil && err != unix.ENOENT { // a link, or one that may not be read
		fi, err = h.lstat(name)
		return fi, true, err
	}
	if err != nil {
		return nil, false, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd) // gives the lease back
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, false, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return status{path.Base(name), st}, !errors.Is(err, unix.EAGAIN), nil
}

// retry makes a call again that a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// status is what the system says of a file.
type status struct {
	name string
	st   unix.Stat_t
}

func (s status) Name() string       { return s.name }
func (s status) Size() int64        { return s.st.Size }
func (s status) IsDir() bool        { return s.Mode().IsDir() }
func (s status) ModTime() time.Time { return time.Unix(s.st.Mtim.Unix()) }

// Sys tells the inode and nothing else.
func (s status) Sys() any { return &syscall.Stat_t{Ino: s.st.Ino} }

func (s status) Mode() fs.FileMode {
	mode := fs.FileMode(s.st.Mode & 0o777)
	switch s.st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return mode
	case unix.S_IFDIR:
		return mode | fs.ModeDir
	case unix.S_IFLNK:
		return mode | fs.ModeSymlink
	}
	return mode | fs.ModeIrregular
}
