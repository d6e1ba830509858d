package transfer

import (
	"os"
	"path/filepath"
)

// Room is what a workbook may take while it is read or written, of whom it is for. The zero
// Room is the system's folder for temporary files, and counts nothing.
type Room struct {
	Dir    string              // where temporary files lie
	Memory func(n int) error   // takes n bytes of memory
	Disk   func(n int64) error // takes n bytes of disk
}

func (r Room) memory(n int) error {
	if r.Memory == nil {
		return nil
	}
	return r.Memory(n)
}

func (r Room) disk(n int64) error {
	if r.Disk == nil {
		return nil
	}
	return r.Disk(n)
}

// folder makes a folder for the temporary files of one workbook; remove removes it with
// whatever is in it.
func (r Room) folder() (dir string, remove func(), err error) {
	if r.Dir != "" {
		if err := os.MkdirAll(r.Dir, 0o700); err != nil {
			return "", nil, err
		}
	}
	dir, err = os.MkdirTemp(r.Dir, "book-")
	return dir, func() { os.RemoveAll(dir) }, err
}

// sizeOf is how many bytes the files of a folder have.
func sizeOf(dir string) (n int64) {
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		if fi, err := os.Stat(name); err == nil {
			n += fi.Size()
		}
	}
	return n
}
