package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// Free is a name that nothing has: the one that is given, or else that one with a
// number before its last extension.
func (d *Disk) Free(name string) (string, error) {
	for n := 1; ; n++ {
		free := numbered(name, n)
		if _, err := d.Lstat(free); errors.Is(err, fs.ErrNotExist) {
			return free, nil
		} else if err != nil {
			return "", err
		}
	}
}

func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + strconv.Itoa(n) + ext
}

// Keep copies a file durably, under a name that nothing has (Free), and gives the
// name. A copy that is there already will do.
func (d *Disk) Keep(from, to string) (name string, err error) {
	for n := 1; ; n++ {
		name = numbered(to, n)
		_, err := d.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return name, d.copy(from, name)
		case err != nil:
			return "", err
		}
		if same, err := d.same(from, name); same || err != nil {
			return name, errors.Join(err, d.SyncDir(path.Dir(name)))
		}
	}
}

// keptAtOnce is how many bytes are copied at once.
const keptAtOnce = 1 << 20

// copy makes a durable copy of a file.
func (d *Disk) copy(from, to string) error {
	src, err := d.OpenFile(from, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	tmp := path.Join(path.Dir(to), ".tmp-"+path.Base(to))
	dst, err := d.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err = copyTo(dst, src); err == nil {
		err = dst.Sync()
	}
	if err = errors.Join(err, dst.Close()); err == nil {
		err = d.Rename(tmp, to)
	}
	if err != nil {
		_ = d.Remove(tmp)
		return err
	}
	return d.SyncDir(path.Dir(to))
}

func copyTo(dst, src *File) error {
	buf := make([]byte, keptAtOnce)
	for at := int64(0); ; {
		n, err := src.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n > 0 {
			if _, err := dst.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		if at += int64(n); err != nil {
			return nil
		}
	}
}

// same reports whether two files have the same content. A file that an earlier process
// has copied is durable: it has got its name after that.
func (d *Disk) same(a, b string) (bool, error) {
	f, err := d.OpenFile(a, os.O_RDONLY, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := d.OpenFile(b, os.O_RDONLY, 0)
	if err != nil {
		return false, err
	}
	defer g.Close()
	x, y := make([]byte, keptAtOnce), make([]byte, keptAtOnce)
	for at := int64(0); ; at += keptAtOnce {
		n, err := f.ReadAt(x, at)
		m, other := g.ReadAt(y, at)
		for _, err := range []error{err, other} {
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
		}
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		if n < keptAtOnce {
			return true, nil
		}
	}
}
