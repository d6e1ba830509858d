package disk

import (
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
	if flag&os.O_CREATE != 0 {
		if _, _, err := d.ask(Create, name, 0); err != nil {
			return nil, err
		}
	}
	f, _, err := d.open(name, flag, mode)
	if err != nil {
		return nil, err
	}
	file := &File{d: d, f: f}
	file.name.Store(&name)
	return file, nil
}

// Name is the file's path below the folder.
func (f *File) Name() string { return *f.name.Load() }

// Called says that the file was renamed.
func (f *File) Called(name string) { f.name.Store(&name) }

// ReadAt is os.File.ReadAt.
func (f *File) ReadAt(b []byte, off int64) (int, error) { return f.f.ReadAt(b, off) }

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
	done, skip, err := f.d.ask(Write, f.Name(), len(b))
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
	if _, skip, err := f.d.ask(Cut, f.Name(), 0); skip || err != nil {
		return err
	}
	return f.f.Truncate(size)
}

// Sync is os.File.Sync.
func (f *File) Sync() error {
	if _, skip, err := f.d.ask(Sync, f.Name(), 0); skip || err != nil {
		return err
	}
	return f.f.Sync()
}

// SyncData makes what was written over durable, but not that the file has grown
// (fdatasync).
func (f *File) SyncData() error {
	if _, skip, err := f.d.ask(Sync, f.Name(), 0); skip || err != nil {
		return err
	}
	for {
		if err := unix.Fdatasync(int(f.f.Fd())); err != unix.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// Close is os.File.Close.
func (f *File) Close() error { return f.f.Close() }
