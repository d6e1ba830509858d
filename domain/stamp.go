package domain

import (
	"bytes"
	"io"
	"os"
	"syscall"
	"time"
)

// freshness is how long after a change another one may leave the same times:
// file systems count in ticks of up to 10 ms.
const freshness = 20 * time.Millisecond

// stamp tells one state of a file from another without reading it. The zero
// stamp is a file that is not there.
type stamp struct {
	mtime, size int64
	inode       uint64
	mode        os.FileMode
}

func stampOf(files *os.Root, p Path) stamp {
	fi, err := files.Lstat(p.rel())
	if err != nil {
		return stamp{}
	}
	return infoStamp(fi)
}

func infoStamp(fi os.FileInfo) stamp {
	s := stamp{mtime: fi.ModTime().UnixNano(), size: fi.Size(), mode: fi.Mode()}
	if now := time.Now().UnixNano(); now-s.mtime < int64(freshness) {
		s.mtime = now // equal to no later stamp
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.inode = st.Ino
	}
	return s
}

// readStamped reads a file of at most max bytes and its stamp, which is not newer
// than what was read.
func readStamped(files *os.Root, p Path, max int64) ([]byte, stamp, error) {
	f, fi, err := openFile(files, p)
	if err != nil {
		return nil, stamp{}, err
	}
	defer f.Close()
	src, err := readWithin(f, fi, p, max)
	return src, infoStamp(fi), err
}

// readAll is io.ReadAll for a size that is probably right.
func readAll(r io.Reader, size int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := buf.ReadFrom(r)
	return buf.Bytes(), err
}
