package disk

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// File is an open file whose changes pass the hook.
type File struct {
	d    *Disk
	f    *os.File
	name atomic.Pointer[string]
}

// OpenFile opens a regular file as os.OpenFile does.
func (d *Disk) OpenFile(name string, flag int, mode fs.FileMode) (*File, error) {
	op := OpenOld
	if flag&os.O_CREATE != 0 {
		op = Create
	}
	if err := d.may(op, name); err != nil {
		return nil, err
	}
	if d.looks {
		flag = os.O_RDONLY
	}
	f, _, err := d.regular(name, flag, mode)
	if err != nil {
		return nil, err
	}
	return d.file(f, name), nil
}

func (d *Disk) file(f *os.File, name string) *File {
	file := &File{d: d, f: f}
	file.name.Store(&name)
	return file
}

// Name is the file's path below the folder.
func (f *File) Name() string { return *f.name.Load() }

// Called says that the file was renamed.
func (f *File) Called(name string) { f.name.Store(&name) }

// ReadAt is os.File.ReadAt.
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	if err := f.d.may(Read, f.Name()); err != nil {
		return 0, err
	}
	return f.f.ReadAt(b, off)
}

// Linked reports whether the file still has its name: it was not removed, nor the
// folder with it, and no other file has taken its place. When the system cannot say it
// is taken to have it.
func (f *File) Linked() bool {
	fi, there, err := f.named()
	return err == nil && os.SameFile(fi, there) || uncertain(err)
}

// Replaced reports whether another file has taken its place.
func (f *File) Replaced() bool {
	fi, there, err := f.named()
	return err == nil && !os.SameFile(fi, there)
}

// named is what the system says of the file and of what has its name.
func (f *File) named() (fi, there fs.FileInfo, err error) {
	if err = f.d.may(Stat, f.Name()); err == nil {
		fi, err = f.f.Stat()
	}
	if err == nil {
		there, err = f.d.root.Lstat(f.Name())
	}
	return fi, there, err
}

// uncertain reports whether an error says nothing of the file that it came for.
func uncertain(err error) bool {
	for _, one := range []error{unix.EIO, unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EINTR, unix.ETIMEDOUT} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// Unlinked reports whether the file has no name at all any more. It costs less
// than Linked.
func (f *File) Unlinked() bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.f.Fd()), &st) == nil && st.Nlink == 0
}

// Size is the file's size now.
func (f *File) Size() (int64, error) {
	fi, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// WriteAt is os.File.WriteAt.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	done, skip, err := f.d.ask(Call{Op: Write, Name: f.Name(), N: len(b), At: off})
	if skip {
		return len(b), nil
	}
	if err != nil {
		n, _ := f.f.WriteAt(b[:min(max(done, 0), len(b))], off)
		return n, err
	}
	return f.f.WriteAt(b, off)
}

// Truncate is os.File.Truncate.
func (f *File) Truncate(size int64) error {
	if _, skip, err := f.d.ask(Call{Op: Cut, Name: f.Name()}); skip || err != nil {
		return err
	}
	return f.f.Truncate(size)
}

// Sync is os.File.Sync.
func (f *File) Sync() error {
	if _, skip, err := f.d.ask(Call{Op: Sync, Name: f.Name()}); skip || err != nil {
		return err
	}
	return f.f.Sync()
}

// SyncData makes what was written over durable, but not that the file has grown
// (fdatasync).
func (f *File) SyncData() error {
	if _, skip, err := f.d.ask(Call{Op: Sync, Name: f.Name()}); skip || err != nil {
		return err
	}
	return again(func() error { return unix.Fdatasync(int(f.f.Fd())) }, "fdatasync")
}

// Close is os.File.Close.
func (f *File) Close() error { return f.f.Close() }
