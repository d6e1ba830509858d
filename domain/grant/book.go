package grant

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/caryahq/carya/domain/relaxed"
)

const (
	// pause is the least time between two looks at the file.
	pause = 100 * time.Millisecond

	// fresh is how long after a change another one may leave the same times.
	fresh = 20 * time.Millisecond

	// maxFile bounds the file, in bytes.
	maxFile = 16 << 20
)

// Book keeps a Table current over a file: a change is seen within pause and a look.
// While the file is broken, or no regular file, the last good table counts, and the
// log says so once. All methods may be called at once.
type Book struct {
	files *os.Root
	path  string
	log   *slog.Logger

	table   atomic.Pointer[Table]
	checked atomic.Int64 // Unix nanoseconds

	mu   sync.Mutex // reading and writing
	seen stamp
	sure bool  // seen tells a later state of the file from what was read
	bad  error // of the last reading
	odd  Odd   // of the last good one
}

// stamp tells one state of a file from another; the zero stamp is no file.
type stamp struct {
	mtime, size int64
	inode       uint64
	mode        fs.FileMode
}

// Open reads the file at a path below files, which stays open for as long as the
// book is used.
func Open(files *os.Root, path string, log *slog.Logger) *Book {
	b := &Book{files: files, path: path, log: log}
	b.look()
	return b
}

// Table is what the file says now.
func (b *Book) Table() *Table {
	if now := time.Now().UnixNano(); now-b.checked.Load() > int64(pause) {
		b.look()
	}
	return b.table.Load()
}

// Fault is why the file as it lies does not count; nil when it does. Of a broken
// text it is a *Broken.
func (b *Book) Fault() error {
	b.look()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bad
}

// Odd is what a text says that counts otherwise than it stands there, such as unknown keys.
type Odd struct {
	Src      string // "" without Warnings
	Warnings []*relaxed.Error
}

// Odd tells what is odd in the file.
func (b *Book) Odd() Odd {
	b.look()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.odd
}

// Broken is the error of a file whose text cannot be read as grants.
type Broken struct {
	Src    string
	Faults []*relaxed.Error
}

// Error tells the first fault and its place.
func (e *Broken) Error() string {
	line, col := relaxed.LineCol(e.Src, e.Faults[0].Offset)
	return fmt.Sprintf("%d:%d: %s", line, col, e.Faults[0].Msg)
}

func (b *Book) look() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.checked.Store(time.Now().UnixNano())
	b.reread()
}

// reread brings the table up to date with the file, which stands still meanwhile
// as far as this process is concerned.
func (b *Book) reread() {
	now := b.stampOf()
	if b.table.Load() != nil && b.sure && now == b.seen {
		return
	}
	b.seen, b.sure = now, time.Now().UnixNano()-now.mtime > int64(fresh)
	t, err := b.read(now)
	if err != nil && (b.bad == nil || b.bad.Error() != err.Error()) {
		b.log.Error("the operator's grants cannot be read, the last good ones count", "file", b.path, "err", err)
	}
	if b.bad = err; err == nil {
		b.table.Store(t)
	} else if b.table.Load() == nil {
		none, _, _ := Parse("")
		b.table.Store(none)
	}
}

func (b *Book) stampOf() stamp {
	fi, err := b.files.Lstat(b.path)
	if err != nil {
		return stamp{}
	}
	s := stamp{mtime: fi.ModTime().UnixNano(), size: fi.Size(), mode: fi.Mode()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.inode = st.Ino
	}
	return s
}

func (b *Book) read(s stamp) (*Table, error) {
	src, err := b.content(s)
	if errors.Is(err, fs.ErrNotExist) {
		src, err = nil, nil
	}
	if err == nil && s != (stamp{}) && strings.TrimSpace(string(src)) == "" {
		err = fault(0, "%v 是空的：没有授权写作 {}", "%v is empty: write {} to grant nothing", b.path)
	}
	if err != nil {
		return nil, err
	}
	t, faults, warnings := Parse(string(src))
	if len(faults) > 0 {
		return nil, &Broken{string(src), faults}
	}
	for _, w := range warnings {
		line, col := relaxed.LineCol(string(src), w.Offset)
		b.log.Warn("the operator's grants", "file", b.path, "line", line, "col", col, "what", w.Msg)
	}
	if b.odd = (Odd{}); len(warnings) > 0 {
		b.odd = Odd{string(src), warnings}
	}
	return t, nil
}

// content is the text of the file, nothing when it is not there.
func (b *Book) content(s stamp) ([]byte, error) {
	if !s.mode.IsRegular() {
		return nil, fault(0, "%v 不是普通文件", "%v is no regular file", b.path)
	}
	f, err := b.files.OpenFile(b.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return nil, fault(0, "%v 不是普通文件", "%v is no regular file", b.path)
	}
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(src) > maxFile {
		err = fault(0, "%v 超过 %v 字节", "%v has more than %v bytes", b.path, maxFile)
	}
	return src, err
}
