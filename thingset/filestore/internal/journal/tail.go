package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Keep says how much of what was cut stays, for readers of the feed. The zero
// value keeps nothing.
type Keep struct {
	Bytes int64         // of all that is kept
	Age   time.Duration // since it was cut; 0 is without bound
	Files int           // that may lie there before small ones are put together; 0 is what fits Bytes
	Now   func() time.Time

	// Fault is told of damage in what was kept, once; it may be nil.
	Fault func(*Fault)
}

// tail is what was cut and is kept. It never counts: whatever is wrong with it,
// or missing, makes the feed shorter and nothing else.
type tail struct {
	d    *disk.Disk
	keep Keep

	mu     sync.Mutex
	loaded bool
	swept  bool     // once: what a crash has left is gone
	list   []*piece // in order
}

// piece is one kept file: a segment, or several that were put together.
type piece struct {
	name        string // below the domain's folder
	first, last int    // segments

	// The commits after base up to end are in it, if it is whole.
	base, end thingset.Rev

	head   header
	counts int64 // how much of it, as the next segment says; 0 when that says nothing

	size  int64
	time  time.Time
	state pieceState
	bad   *Fault // what its state comes from
	marks []mark
}

type pieceState int

const (
	unreadPiece pieceState = iota
	whole
	spoilt // what is in it and before it is out of the feed
)

// keptExt is how the names of kept segments end. The segments that count are
// told by their names too: a lost state file brings no kept one back.
const keptExt = ".feed"

// keptFile is the path of what is kept of some segments.
func keptFile(first, last int) string {
	if first == last {
		return fmt.Sprintf("%s/%010d%s", Dir, last, keptExt)
	}
	return fmt.Sprintf("%s/%010d-%010d%s", Dir, first, last, keptExt)
}

// isKept takes the name of a kept file apart.
func isKept(name string) (first, last int, ok bool) {
	if !strings.HasSuffix(name, keptExt) {
		return 0, 0, false
	}
	name = Dir + "/" + name
	if n, _ := fmt.Sscanf(name, Dir+"/%d-%d"+keptExt, &first, &last); n < 2 {
		last = first
	}
	return first, last, first > 0 && first <= last && name == keptFile(first, last)
}

// pieces are the kept files that are there, in order, of segments that a state takes
// out; end is the revision that they should reach. Junk are the names of
// those that say nothing which others do not.
func pieces(d *disk.Disk, st state, end thingset.Rev) (list []*piece, junk []string, err error) {
	names, err := d.Names(Dir)
	if err != nil {
		return nil, nil, damaged(err, Dir)
	}
	for _, name := range names {
		if strings.HasPrefix(name, ".tmp-") && strings.HasSuffix(name, keptExt) {
			junk = append(junk, Dir+"/"+name)
			continue
		}
		p := &piece{name: Dir + "/" + name}
		var ok bool
		if p.first, p.last, ok = isKept(name); !ok {
			p.first, ok = isSegment(name)
			p.last, ok = p.first, ok && p.first <= st.Segment
		}
		if ok {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *piece) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(b.first, a.first), cmp.Compare(b.name, a.name))
	})
	next := nextHeader(d, names, st)
	for i := len(list) - 1; i >= 0; i-- {
		p := list[i]
		within := i+1 < len(list) && list[i+1].first <= p.first
		if within || !p.stat(d, end) {
			junk = append(junk, p.name)
			list = slices.Delete(list, i, i+1)
			continue
		}
		if p.first == p.last && (next.before == p.last || next.before == 0) {
			p.counts = next.size
		}
		end, next = p.base, p.head
	}
	return list, junk, nil
}

// nextHeader is the header of the first segment that a state leaves, as far as it can
// be read, or what one would have.
func nextHeader(d *disk.Disk, names []string, st state) header {
	first := 0
	for _, name := range names {
		if n, ok := isSegment(name); ok && n > st.Segment && (first == 0 || n < first) {
			first = n
		}
	}
	if first == 0 {
		return header{size: st.Size}
	}
	p := &piece{name: SegmentFile(first), first: first, last: first, size: 4 << 10}
	r, err := p.open(d)
	if err != nil {
		return header{}
	}
	defer r.Close()
	if n, err := r.seg.File.Size(); err == nil {
		r.end = min(r.end, n)
	}
	h, _ := r.header()
	return h
}

// stat reads what a piece says of itself; it should reach a revision. It is false
// for one that holds nothing: it was begun when the disk refused.
func (p *piece) stat(d *disk.Disk, end thingset.Rev) bool {
	p.base, p.end, p.state = end, end, spoilt
	fi, err := d.Lstat(p.name)
	if err != nil {
		return false
	}
	p.size, p.time = fi.Size(), fi.ModTime()
	r, err := p.open(d)
	if err != nil {
		return true
	}
	defer r.Close()
	h, ok := r.header()
	if !ok && p.name != keptFile(p.first, p.last) {
		return false // a segment that was begun when the disk refused
	}
	if !ok {
		p.bad = p.fault(0)
		return true
	}
	p.base, p.head, p.state = h.rev, h, unreadPiece
	return p.base < p.end
}

// load lists what is kept, once, and takes away what is of no use.
func (t *tail) load(st state, end thingset.Rev) error {
	if t.loaded {
		return nil
	}
	list, junk, err := pieces(t.d, st, end)
	if err != nil {
		return err
	}
	for _, name := range junk {
		if t.swept && strings.Contains(name, "/.tmp-") {
			continue // it is being written
		}
		if err := t.d.Remove(name); err != nil {
			return err
		}
	}
	for _, p := range list {
		if name := keptFile(p.first, p.last); p.name != name && t.keep.Bytes > 0 {
			if err := t.d.Rename(p.name, name); err != nil {
				return err
			}
			p.name = name
		}
		t.tell(p.bad)
	}
	t.list, t.loaded, t.swept = list, true, true
	return nil
}

func (t *tail) tell(f *Fault) {
	if f != nil && t.keep.Fault != nil {
		t.keep.Fault(f)
	}
}
