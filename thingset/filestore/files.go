package filestore

import (
	"sync/atomic"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// files are a room's open files that hold bodies: segments of the journal and
// packs. A row names one by its tag. The room's lock guards the list.
type files struct {
	list []*file // by tag; 0 is not used
	free []uint16
	shut bool // all were given back
}

// file is one of them. It is closed when the list and all readers have let go.
type file struct {
	*disk.File
	pack *pack.Pack // nil for a segment
	refs atomic.Int32
}

var errFiles = domain.E("e.store.write", domain.Text{ZH: "一个域打开的文件过多", EN: "too many open files in one domain"})

// maxFiles is how many tags there are.
const maxFiles = 1<<16 - 1

func (l *files) add(f *disk.File, p *pack.Pack) (tag uint16, err error) {
	one := &file{File: f, pack: p}
	one.refs.Store(1)
	if n := len(l.free); n > 0 {
		tag, l.free = l.free[n-1], l.free[:n-1]
		l.list[tag] = one
		return tag, nil
	}
	if len(l.list) == 0 {
		l.list = append(l.list, nil)
	}
	if len(l.list) > maxFiles {
		return 0, errFiles
	}
	l.list = append(l.list, one)
	return uint16(len(l.list) - 1), nil
}

// hold gives a file for reading; the caller lets go of it.
func (l *files) hold(tag uint16) *file {
	f := l.list[tag]
	f.refs.Add(1)
	return f
}

func (f *file) release() {
	if f.refs.Add(-1) == 0 {
		f.Close()
	}
}

// drop takes a file off the list; its tag is used again.
func (l *files) drop(tag uint16) {
	l.list[tag].release()
	l.list[tag] = nil
	l.free = append(l.free, tag)
}

func (l *files) closeAll() {
	for _, f := range l.list {
		if f != nil {
			f.release()
		}
	}
	l.list, l.free, l.shut = nil, nil, true
}

// read reads a body and holds it against its checksum.
func (f *file) read(p rows.Place) ([]byte, error) {
	data := make([]byte, p.Size)
	_, err := f.ReadAt(data, int64(p.Offset))
	if err != nil {
		return nil, domain.Wrap(err, "e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", f.Name(), p.Offset))
	}
	if frame.Sum(data) != p.Sum {
		return nil, domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", f.Name(), p.Offset))
	}
	return data, nil
}
