package thingset

import (
	"bytes"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
)

// A sort that is not small keeps keys alone, and of these the first that find room.
// When that is less than the page, and what lies before it, all records are read again
// for the keys behind those. The records of the page are read by their ids: what is
// gone meanwhile, or matches no longer, is left out.

// lean is one pass over the records of a sort.
type lean struct {
	r      *run
	most   int     // keys wanted, 0: all
	room   int     // bytes
	taken  int     // of sortRoom
	from   []byte  // keys before it are not wanted
	after  leanKey // nor is this one, or any before it
	beyond leanKey // keys from here on are not kept
	more   bool    // some were not kept that may be wanted
	data   []byte  // keys, and the ids of cut ones
	spare  []byte
	list   []leanEntry
}

// leanEntry is a key in data. The id is its end, or stands behind it when it was
// cut.
type leanEntry struct {
	off, size uint32
	id        uint8
	cut       bool
}

// leanKey is a key of its own, cut, and the id of its record; no key is nil.
type leanKey struct {
	key []byte
	id  string
	cut bool
}

// maxLeanKey is where keys are cut. What is equal so far is compared by reading the
// records.
const maxLeanKey = 4 << 10

// A sort gets mostLean of sortRoom, which all share, or what is left of it, and
// leastLean at least: none waits for another.
const (
	mostLean  = 24 << 20
	leastLean = 1 << 20
	allLean   = 64 << 20
)

// sortRoom is how much all sorts have taken, in bytes.
var sortRoom atomic.Int64

func takeRoom() int {
	for {
		was := sortRoom.Load()
		n := max(leastLean, min(mostLean, allLean-was))
		if sortRoom.CompareAndSwap(was, was+n) {
			return int(n)
		}
	}
}

// newLean begins the first pass; most keys are wanted (0: all) that are not before
// a key.
func newLean(r *run, most int, from []byte) *lean {
	l := &lean{r: r, most: most, room: r.q.room, from: from}
	if l.room == 0 {
		l.taken = takeRoom()
		l.room = l.taken
	}
	return l
}

// free gives the room back.
func (l *lean) free() {
	sortRoom.Add(-int64(l.taken))
	l.taken, l.data, l.spare, l.list = 0, nil, nil, nil
}

// again begins the next pass, for the keys behind those that were kept.
func (l *lean) again(most int) {
	last := l.list[len(l.list)-1]
	l.after = leanKey{slices.Clone(l.key(last)), l.id(last), last.cut}
	l.beyond, l.more, l.most = leanKey{}, false, most
	l.data, l.list = l.data[:0], l.list[:0]
	l.r.passes++
}

func (l *lean) key(e leanEntry) []byte { return l.data[e.off : e.off+e.size] }

// id reads the id of an entry.
func (l *lean) id(e leanEntry) string {
	if e.cut {
		end := e.off + e.size
		return string(l.data[end : end+uint32(e.id)])
	}
	key := l.key(e)
	id := slices.Clone(key[len(key)-2-int(e.id) : len(key)-2])
	if orders := l.r.orders; orders[len(orders)-1].Desc {
		for i := range id {
			id[i] = ^id[i]
		}
	}
	return string(id)
}

// add takes the key of a record.
func (l *lean) add(key []byte, id string) {
	if bytes.Compare(key, l.from) < 0 {
		return
	}
	k := leanKey{key, id, len(key) > maxLeanKey}
	if k.cut {
		k.key = key[:maxLeanKey]
	}
	if l.after.key != nil && l.compare(k, l.after) <= 0 || l.beyond.key != nil && l.compare(k, l.beyond) >= 0 {
		return
	}
	need := len(k.key) + len(id)
	if len(l.list) > 0 && (len(l.data)+need > l.dataRoom() || len(l.list) >= l.entries()) ||
		l.most > 0 && len(l.list) >= 2*max(l.most, 1024) {
		if l.shrink(); l.beyond.key != nil && l.compare(k, l.beyond) >= 0 {
			return
		}
	}
	if l.spare == nil && len(l.data)+need > 1<<20 {
		l.reserve()
	}
	e := leanEntry{uint32(len(l.data)), uint32(len(k.key)), uint8(len(id)), k.cut}
	if l.data = append(l.data, k.key...); k.cut {
		l.data = append(l.data, id...)
	}
	l.list = append(l.list, e)
	l.r.most = max(l.r.most, len(l.data)+len(l.list)*leanEntrySize)
}

// reserve makes the room at once, when it is going to be used: to grow would take
// as much again.
func (l *lean) reserve() {
	l.data = append(make([]byte, 0, l.dataRoom()+maxLeanKey), l.data...)
	l.spare = make([]byte, 0, cap(l.data))
	l.list = append(make([]leanEntry, 0, l.entries()+1), l.list...)
}

// dataRoom is how long data may be; as much again is for spare.
func (l *lean) dataRoom() int { return l.room * 7 / 16 }

// entries is how many entries there may be.
func (l *lean) entries() int { return l.room / 8 / leanEntrySize }

// leanEntrySize is what a leanEntry takes.
const leanEntrySize = 12

// compare orders two keys.
func (l *lean) compare(a, b leanKey) int {
	if n := bytes.Compare(a.key, b.key); n != 0 || !a.cut || !b.cut {
		return n
	}
	n := bytes.Compare(l.full(a.id), l.full(b.id))
	if n == 0 {
		n = strings.Compare(a.id, b.id)
	}
	return n
}

// full reads the whole key of a record; nil when it is gone.
func (l *lean) full(id string) []byte {
	rec, err := l.r.s.Any(l.r.ctx, id)
	if err != nil {
		return nil
	}
	return orderKey(nil, l.r.orders, rec)
}

// sort puts the entries in order.
func (l *lean) sort() {
	slices.SortFunc(l.list, func(a, b leanEntry) int {
		n := bytes.Compare(l.key(a), l.key(b))
		if n == 0 && a.cut && b.cut {
			n = l.compare(leanKey{l.key(a), l.id(a), true}, leanKey{l.key(b), l.id(b), true})
		}
		return n
	})
}

// shrink drops what is not wanted, and what finds no room.
func (l *lean) shrink() {
	l.sort()
	n := len(l.list)
	if l.most > 0 {
		n = min(n, l.most)
	}
	room, entries := l.dataRoom()*3/4, l.entries()*3/4
	for i, e := range l.list[:n] {
		if room -= int(e.size) + int(e.id); i > 0 && (room < 0 || i >= entries) {
			n, l.more = i, true
			break
		}
	}
	if n == len(l.list) {
		return
	}
	first := l.list[n]
	l.beyond = leanKey{slices.Clone(l.key(first)), l.id(first), first.cut}
	l.pack(n)
}

// pack keeps the first n entries.
func (l *lean) pack(n int) {
	data := l.spare[:0]
	for i, e := range l.list[:n] {
		from, size := e.off, e.size
		if e.cut {
			size += uint32(e.id)
		}
		l.list[i].off = uint32(len(data))
		data = append(data, l.data[from:from+size]...)
	}
	l.data, l.spare, l.list = data, l.data, l.list[:n]
}

// giveLean gives the page, in as many passes as it takes.
func (t *top) giveLean(w *window) error {
	for {
		l := t.lean
		l.sort()
		for _, e := range l.list {
			if w.skip > 0 {
				w.skip--
				continue
			}
			rec, err := t.r.s.Any(t.r.ctx, l.id(e))
			if domain.CodeOf(err) == "e.thing.noexists" || err == nil && !t.r.fits(rec) {
				continue
			}
			if err != nil {
				return err
			}
			if !w.give(rec) {
				return nil
			}
		}
		if !l.more || len(l.list) == 0 {
			return nil
		}
		most := 0
		if w.limit > 0 {
			most = w.skip + w.limit - w.n
		}
		l.again(most)
		err := t.source(func(rec Record) {
			t.r.read++
			if t.r.fits(rec) {
				t.add(rec)
			}
		})
		if err != nil {
			return err
		}
	}
}
