// Package oddfile makes what may lie where a server expects a small file that
// people write: pipes, devices, folders, files without end. It is for tests.
package oddfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Kind is one sort of odd file.
type Kind struct {
	Name string
	Code string // the error of who reads one of it below an os.Root

	make func(path string) error
}

// Huge is the size of a file that nobody may read; it takes no room on the disk.
const Huge = 6 << 30

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{
		{"a pipe", "e.io.forbidden", func(path string) error { return syscall.Mkfifo(path, 0o644) }},
		{"a link to a pipe", "e.io.forbidden", linkToPipe},
		{"a link to a device", "e.io.path.outside", func(path string) error { return os.Symlink("/dev/zero", path) }},
		{"a folder", "e.io.obj.isdir", func(path string) error { return os.Mkdir(path, 0o755) }},
		{"a huge file", "e.io.toolarge", huge},
	}
}

func linkToPipe(path string) error {
	pipe := filepath.Join(filepath.Dir(path), ".pipe-"+strings.ReplaceAll(filepath.Base(path), ".", ""))
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		return err
	}
	return os.Symlink(filepath.Base(pipe), path)
}

func huge(path string) error {
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	return os.Truncate(path, Huge)
}

// Put makes one in the place of whatever is at a path; the folder above is made
// when it is missing. The two change places in one step: a server that has the path
// in use may make anew what it misses.
func (k Kind) Put(t testing.TB, path string) {
	t.Helper()
	if err := k.put(path, filepath.Join(filepath.Dir(path), ".odd-"+filepath.Base(path))); err != nil {
		t.Fatal(err)
	}
}

func (k Kind) put(path, beside string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := k.make(beside); err != nil {
		return err
	}
	for {
		err := unix.Renameat2(unix.AT_FDCWD, beside, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
		if err == nil {
			return removeAll(beside)
		}
		if err == unix.ENOENT {
			err = unix.Renameat2(unix.AT_FDCWD, beside, unix.AT_FDCWD, path, unix.RENAME_NOREPLACE)
		}
		if err != unix.EEXIST {
			return err
		}
	}
}

// removeAll removes a folder into which a server may still be writing.
func removeAll(path string) error {
	for {
		if err := os.RemoveAll(path); !errors.Is(err, unix.ENOTEMPTY) {
			return err
		}
	}
}

// Soon runs f and fails when it does not come back: it waits for a pipe. The time is
// that of a machine with fifty other things to do.
func Soon(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Minute):
		stacks := make([]byte, 1<<20)
		t.Fatalf("%s hangs\n%s", what, stacks[:runtime.Stack(stacks, true)])
	}
}
