package thingset

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

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
	more   bool    // some were not kept, or were taken away, that may be wanted
	data   []byte  // keys, and the ids of cut ones
	list   []leanEntry
	at     int // of list: how many were given or passed over

	began, until time.Time // gathering began; the keys may be taken away
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

// newLean begins the first pass; most keys are wanted (0: all) that are not before
// a key.
func newLean(r *run, most int, from []byte) (*lean, error) {
	l := &lean{r: r, most: most, from: from}
	return l, l.take()
}

// take takes room, unless there is some.
func (l *lean) take() error {
	if l.room = l.r.q.room; l.room > 0 {
		return nil
	}
	return l.r.sorts().take(l.r.ctx, l)
}

// free gives the room back.
func (l *lean) free() { l.r.sorts().free(l) }

// again begins the next pass, for the keys behind those that were given.
func (l *lean) again(most int) error {
	l.beyond, l.more, l.most, l.at = leanKey{}, false, most, 0
	l.data, l.list = l.data[:0], l.list[:0]
	l.r.passes++
	return l.take()
}

// leanChunk is how many things are given before a sort looks whether it still has its
// keys.
const leanChunk = 256

// next gives the ids of what comes next on the page, and passes over what lies before
// it. None is the end of what was gathered, or of what was left of it.
func (l *lean) next(w *window, ids []string) []string {
	s := l.r.sorts()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.at >= len(l.list) {
		s.keep(l)
		return ids
	}
	n := min(w.skip, len(l.list)-l.at)
	w.skip -= n
	l.at += n
	for ; l.at < len(l.list) && len(ids) < leanChunk; l.at++ {
		ids = append(ids, l.id(l.list[l.at]))
	}
	last := l.list[l.at-1]
	l.after = leanKey{append(l.after.key[:0], l.key(last)...), l.id(last), last.cut}
	return ids
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
	if cap(l.list) <= l.entries() && len(l.data)+need > min(1<<20, l.room/4) {
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
	l.list = append(make([]leanEntry, 0, l.entries()+1), l.list...)
}

// dataRoom is how long data may be.
func (l *lean) dataRoom() int { return l.room / 4 * 3 }

// entries is how many entries there may be.
func (l *lean) entries() int { return l.room / 4 / leanEntrySize }

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

// pack keeps the first n entries, no longer in order.
func (l *lean) pack(n int) {
	l.list = l.list[:n]
	slices.SortFunc(l.list, func(a, b leanEntry) int { return cmp.Compare(a.off, b.off) })
	end := uint32(0)
	for i := range l.list {
		e := &l.list[i]
		size := e.size
		if e.cut {
			size += uint32(e.id)
		}
		copy(l.data[end:], l.data[e.off:e.off+size])
		e.off = end
		end += size
	}
	l.data = l.data[:end]
}

// giveLean gives the page, in as many passes as it takes.
func (t *top) giveLean(w *window) error {
	l := t.lean
	for {
		l.sort()
		if err := t.giveKept(w); err != nil || w.full {
			return err
		}
		if !l.more {
			return nil
		}
		most := 0
		if w.limit > 0 {
			most = w.skip + w.limit - w.n
		}
		if err := l.again(most); err != nil {
			return err
		}
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

// giveKept gives what a pass has gathered, as long as nobody takes it away.
func (t *top) giveKept(w *window) error {
	l := t.lean
	ids := l.next(w, nil)
	if len(ids) > 0 {
		l.r.sorts().giving(l)
	}
	for ; len(ids) > 0; ids = l.next(w, ids[:0]) {
		for _, id := range ids {
			if err := t.giveOne(w, id); err != nil || w.full {
				return err
			}
		}
	}
	return nil
}

// giveOne gives a record, if it is still one of those.
func (t *top) giveOne(w *window, id string) error {
	rec, err := t.r.s.Any(t.r.ctx, id)
	switch {
	case domain.CodeOf(err) == "e.thing.noexists" || err == nil && !t.r.fits(rec):
		return nil
	case err == nil:
		w.give(rec)
	}
	return err
}
