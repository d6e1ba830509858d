package backup

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
)

// room holds that what an archive unpacks to fits on a disk, before it is written: a few
// bytes of it may stand for a great many.
type room struct {
	look   func() (space, error)
	looked bool
	was    space  // at the beginning
	used   space  // what was declared since
	before string // the entry that was declared last
}

// space is what a file system has room for.
type space struct {
	bytes int64
	names int64 // -1: as many as there are bytes for
	block int64 // what the smallest file takes
}

// reserve is the part of the room that is left to others.
const reserve = 16

// roomOf is the room on the file system of a folder, or of where it is to be made.
func roomOf(dir string) *room { return &room{look: func() (space, error) { return spaceAt(dir) }} }

func spaceAt(dir string) (space, error) {
	var st unix.Statfs_t
	err := unix.Statfs(dir, &st)
	if up := filepath.Dir(dir); errors.Is(err, unix.ENOENT) && up != dir {
		return spaceAt(up)
	}
	if err != nil {
		return space{}, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	s := space{bytes: int64(min(st.Bavail, 1<<62/uint64(max(st.Bsize, 1)))) * st.Bsize, names: int64(min(st.Ffree, 1<<62)), block: max(st.Bsize, 1)}
	if st.Files == 0 {
		s.names = -1 // this one counts none
	}
	return s, nil
}

// take notes that bytes and names are to be written.
func (r *room) take(bytes, names int64) error {
	if !r.looked {
		var err error
		if r.was, err = r.look(); err != nil {
			return err
		}
		r.looked = true
	}
	if bytes > r.was.bytes { // also what would make the sum overflow
		return r.full(bytes)
	}
	r.used.bytes += bytes + names*r.was.block
	r.used.names += names
	if r.used.bytes > most(r.was.bytes) {
		return r.full(r.used.bytes)
	}
	if r.was.names >= 0 && r.used.names > most(r.was.names) {
		return tooLarge(domain.Textf("内容超过 %v 个文件和目录，磁盘还能放 %v 个", "it unpacks to more than %v files and folders, and the disk has room for %v", r.used.names-1, most(r.was.names)))
	}
	return nil
}

// left holds that what is written leaves others their part of the room, however it
// came to that.
func (r *room) left() error {
	now, err := r.look()
	if err != nil || !r.looked {
		return err
	}
	if now.bytes < r.was.bytes-most(r.was.bytes) || now.names >= 0 && now.names < r.was.names-most(r.was.names) {
		return r.full(r.used.bytes)
	}
	return nil
}

func (r *room) full(bytes int64) error {
	return tooLarge(domain.Textf("内容有 %v 字节以上，磁盘还能放 %v 字节", "it unpacks to %v bytes or more, and the disk has room for %v", bytes, most(r.was.bytes)))
}

func most(n int64) int64 { return n - n/reserve }

func tooLarge(why domain.Text) *domain.Error { return domain.E("e.io.toolarge", why) }

// fits notes what an entry is to take: folders of its path that the one before did
// not have, and records twice, as they wait to be laid out.
func (rd *reader) fits(name string, h *tar.Header) error {
	before := rd.room.before
	rd.room.before = name
	if !strings.HasPrefix(name, filesDir) {
		return rd.room.take(min(h.Size, 1<<61)*2, 0)
	}
	return rd.room.take(h.Size, int64(domain.Path(name).Depth()-shared(name, before)))
}

// shared is how many segments two paths begin with in common.
func shared(a, b string) int {
	n := 0
	for {
		x, restA, moreA := strings.Cut(a, "/")
		y, restB, moreB := strings.Cut(b, "/")
		if x != y {
			return n
		}
		if n++; !moreA || !moreB {
			return n
		}
		a, b = restA, restB
	}
}
