package thingset

import (
	"bytes"
	"slices"
)

// keyed is a record with what it is sorted by.
type keyed struct {
	key []byte
	rec Record
}

func byKey(a, b keyed) int { return bytes.Compare(a.key, b.key) }

// orderKey is a key whose byte order is that of the orders: of those that go
// down all bits are turned, which no key's being a prefix of another allows.
func orderKey(dst []byte, orders []Order, rec Record) []byte {
	for _, o := range orders {
		from := len(dst)
		if o.Key == "id" {
			dst = appendTextKey(append(dst, tagString), rec.ID)
		} else {
			dst = SortKey(dst, Field(rec.Body, o.Key))
		}
		if o.Desc {
			for i := from; i < len(dst); i++ {
				dst[i] = ^dst[i]
			}
		}
	}
	return dst
}

// top keeps the first records of a query. While they are small it keeps them as
// they are, and no more than twice its page and what is skipped; else their keys
// alone, within a bound (lean.go).
type top struct {
	r           *run
	skip, limit int
	list        []keyed
	size        int // of list, in bytes
	buf         []byte
	lean        *lean // the keys, in place of list
	err         error // there was no room

	// source gives all records again.
	source func(do func(Record)) error
}

// smallSort is the most that records take which are kept as they are, in bytes;
// tinySort is free.
const (
	smallSort = 4 << 20
	tinySort  = 128 << 10
)

func newTop(r *run, source func(func(Record)) error) *top {
	return &top{r: r, skip: r.q.Skip, limit: r.q.Limit, source: source}
}

// most is how many records are wanted at all, 0 when all are.
func (t *top) most() int {
	if t.limit == 0 {
		return 0
	}
	return t.skip + t.limit
}

func (t *top) add(rec Record) {
	t.buf = orderKey(t.buf[:0], t.r.orders, rec)
	if t.err != nil {
		return
	}
	if t.lean != nil {
		t.lean.add(t.buf, rec.ID)
		return
	}
	most := t.most()
	if most > 0 && len(t.list) >= 2*max(most, 32) {
		t.shrink()
	}
	k := keyed{slices.Clone(t.buf), rec}
	t.list = append(t.list, k)
	if t.size += k.size(); t.r.holds(t.size) {
		return
	}
	if t.shrink(); !t.r.holds(2 * t.size) {
		t.thin()
	}
}

// shrink sorts and cuts what is not wanted.
func (t *top) shrink() {
	slices.SortFunc(t.list, byKey)
	if most := t.most(); most > 0 && len(t.list) > most {
		clear(t.list[most:])
		t.list = t.list[:most]
	}
	t.size = 0
	for _, k := range t.list {
		t.size += k.size()
	}
}

// size is about what a record takes, in bytes.
func (k keyed) size() int { return len(k.key) + len(k.rec.Body) + 150 }

// thin keeps the keys alone.
func (t *top) thin() {
	if t.lean, t.err = newLean(t.r, t.most(), nil); t.err != nil {
		t.clear()
		return
	}
	for _, k := range t.list {
		t.lean.add(k.key, k.rec.ID)
	}
	t.list, t.size = nil, 0
	t.r.letGo()
}

func (t *top) clear() {
	t.list, t.size = nil, 0
	t.free()
	t.r.letGo()
}

func (t *top) free() {
	if t.lean != nil {
		t.lean.free()
		t.lean = nil
	}
}

// give walks the page in its order.
func (t *top) give(yield func(Record, error) bool) error {
	w := &window{skip: t.skip, limit: t.limit, yield: yield}
	defer t.free()
	if t.lean != nil {
		return t.giveLean(w)
	}
	t.shrink()
	for _, k := range t.list {
		if !w.give(k.rec) {
			break
		}
	}
	return nil
}

// window lets a page through.
type window struct {
	skip, limit int
	n           int // let through
	yield       func(Record, error) bool
	full        bool // nothing more is wanted
	gone        bool // yield said so
}

func (w *window) give(rec Record) bool {
	if w.skip > 0 {
		w.skip--
		return true
	}
	if w.full {
		return false
	}
	if !w.yield(rec, nil) {
		w.full, w.gone = true, true
		return false
	}
	w.n++
	w.full = w.limit > 0 && w.n == w.limit
	return !w.full
}

// group gathers records that are equal in the first orders, sorts them by the
// others and gives them on. When the first orders are all there is nothing to gather.
type group struct {
	r     *run
	first []Order
	list  []keyed
	size  int    // of list, in bytes
	key   []byte // of the group
	buf   []byte
	over  bool // the group is too large to be kept
}

func newGroup(r *run, first int) *group { return &group{r: r, first: r.orders[:first]} }

// add takes the next record; false means that the page is complete, or the group
// too large.
func (g *group) add(rec Record, w *window) bool {
	if len(g.first) == len(g.r.orders) {
		return w.give(rec)
	}
	g.buf = orderKey(g.buf[:0], g.first, rec)
	if !bytes.Equal(g.buf, g.key) {
		if !g.flush(w) {
			return false
		}
		g.key = slices.Clone(g.buf)
	}
	k := keyed{orderKey(nil, g.r.orders, rec), rec}
	g.list, g.size = append(g.list, k), g.size+k.size()
	if most := w.skip + w.limit - w.n; w.limit > 0 && len(g.list) >= 2*max(most, 32) {
		slices.SortFunc(g.list, byKey)
		clear(g.list[most:])
		g.list, g.size = g.list[:most], 0
		for _, k := range g.list {
			g.size += k.size()
		}
	}
	g.over = !g.r.holds(g.size)
	return !g.over
}

// flush gives on what was gathered.
func (g *group) flush(w *window) bool {
	slices.SortFunc(g.list, byKey)
	defer func() {
		clear(g.list)
		g.list, g.size = g.list[:0], 0
	}()
	for _, k := range g.list {
		if !w.give(k.rec) {
			return false
		}
	}
	return true
}
