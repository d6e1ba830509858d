package domain

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// The most bytes of a file that is read whole.
const (
	MaxText = 1 << 20  // what people write by hand: settings, schemas, scripts
	MaxMeta = 16 << 20 // metadata, which commands write too
	MaxFile = 32 << 20 // of any other
)

// ReadFile is the content of a file below a folder. It never waits and never
// reads more than max bytes: a larger file is e.io.toolarge, a directory
// e.io.obj.isdir, a pipe, socket or device e.io.forbidden.
func ReadFile(files *os.Root, p Path, max int64) ([]byte, error) {
	b, _, err := readStamped(files, p, max)
	return b, ioError(err, p)
}

// ReadHostFile is ReadFile of a path of the machine. Its errors name the file
// without its folder.
func ReadHostFile(name string, max int64) ([]byte, error) {
	at := Path(filepath.Base(name))
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, ioError(err, at)
	}
	defer f.Close()
	fi, err := regular(f, at)
	if err != nil {
		return nil, ioError(err, at)
	}
	b, err := readWithin(f, fi, at, max)
	return b, ioError(err, at)
}

// openFile opens a regular file for reading. Nothing else is opened: a pipe that
// somebody put there would block for ever.
func openFile(files *os.Root, p Path) (*os.File, os.FileInfo, error) {
	f, err := files.OpenFile(p.rel(), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	fi, err := regular(f, p)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, fi, nil
}

func regular(f *os.File, p Path) (os.FileInfo, error) {
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = notFile(fi, p)
	}
	return fi, err
}

// readWithin reads an open file that has at most max bytes, also when it grows
// meanwhile.
func readWithin(f *os.File, fi os.FileInfo, p Path, max int64) ([]byte, error) {
	size := fi.Size()
	if size <= max {
		b, err := readAll(io.LimitReader(f, max+1), size)
		if size = int64(len(b)); err != nil || size <= max {
			return b, err
		}
	}
	return nil, tooLarge(p, size, max)
}

func tooLarge(p Path, size, max int64) error {
	return E("e.io.toolarge", Textf("%v 有 %v 字节，最多 %v 字节", "%v has %v bytes, at most %v are allowed", p, size, max))
}

// openDir opens a folder, and nothing else, for its names. One at MaxDepth has none
// that count.
func openDir(files *os.Root, dir string) (*os.File, error) {
	if pathOf(dir).Depth() >= MaxDepth {
		return nil, &fs.PathError{Op: "open", Path: shorten(dir), Err: syscall.ENAMETOOLONG}
	}
	return files.OpenFile(dir, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_DIRECTORY, 0)
}

// FS is a domain's folder for reading. Only regular files and folders are
// opened, nothing waits, and what is read whole has at most MaxFile bytes
// (e.io.toolarge).
func (d *Domain) FS() fs.FS { return ReadFS(d.files) }

// ReadFS is Domain.FS of any folder.
func ReadFS(files *os.Root) fs.FS { return readFS{files} }

type readFS struct{ files *os.Root }

var (
	_ fs.ReadFileFS = readFS{}
	_ fs.ReadDirFS  = readFS{}
	_ fs.ReadLinkFS = readFS{}
	_ fs.StatFS     = readFS{}
)

// Open implements fs.FS.
func (r readFS) Open(name string) (fs.File, error) {
	f, err := r.files.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() && !fi.IsDir() {
		err = notFile(fi, pathOf(name))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFile implements fs.ReadFileFS.
func (r readFS) ReadFile(name string) ([]byte, error) {
	return ReadFile(r.files, pathOf(name), MaxFile)
}

// ReadDir implements fs.ReadDirFS.
func (r readFS) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := openDir(r.files, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// Stat implements fs.StatFS.
func (r readFS) Stat(name string) (fs.FileInfo, error) { return r.files.Stat(name) }

// Lstat implements fs.ReadLinkFS.
func (r readFS) Lstat(name string) (fs.FileInfo, error) { return r.files.Lstat(name) }

// ReadLink implements fs.ReadLinkFS.
func (r readFS) ReadLink(name string) (string, error) { return r.files.Readlink(name) }

// pathOf is a name as package fs writes it.
func pathOf(name string) Path {
	if name == "." {
		return ""
	}
	return Path(name)
}
