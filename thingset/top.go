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

// top keeps the first records of a query, in no more memory than twice its
// page and what is skipped.
type top struct {
	orders      []Order
	skip, limit int
	list        []keyed
	buf         []byte
}

func newTop(orders []Order, q Query) *top {
	return &top{orders: orders, skip: q.Skip, limit: q.Limit}
}

// most is how many records are wanted at all, 0 when all are.
func (t *top) most() int {
	if t.limit == 0 {
		return 0
	}
	return t.skip + t.limit
}

func (t *top) add(rec Record) {
	t.buf = orderKey(t.buf[:0], t.orders, rec)
	most := t.most()
	if most > 0 && len(t.list) >= 2*max(most, 32) {
		t.shrink()
	}
	t.list = append(t.list, keyed{slices.Clone(t.buf), rec})
}

// shrink sorts and cuts what is not wanted.
func (t *top) shrink() {
	slices.SortFunc(t.list, byKey)
	if most := t.most(); most > 0 && len(t.list) > most {
		clear(t.list[most:])
		t.list = t.list[:most]
	}
}

func (t *top) clear() { t.list = nil }

// page is the page in its order.
func (t *top) page() []Record {
	t.shrink()
	out := make([]Record, 0, max(0, len(t.list)-t.skip))
	for _, k := range t.list[min(t.skip, len(t.list)):] {
		out = append(out, k.rec)
	}
	return out
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
	first  []Order
	orders []Order
	list   []keyed
	key    []byte // of the group
	buf    []byte
}

func newGroup(orders []Order, first int) *group {
	return &group{first: orders[:first], orders: orders}
}

// add takes the next record; false means that the page is complete.
func (g *group) add(rec Record, w *window) bool {
	if len(g.first) == len(g.orders) {
		return w.give(rec)
	}
	g.buf = orderKey(g.buf[:0], g.first, rec)
	if !bytes.Equal(g.buf, g.key) {
		if !g.flush(w) {
			return false
		}
		g.key = slices.Clone(g.buf)
	}
	g.list = append(g.list, keyed{orderKey(nil, g.orders, rec), rec})
	if most := w.skip + w.limit - w.n; w.limit > 0 && len(g.list) >= 2*max(most, 32) {
		slices.SortFunc(g.list, byKey)
		g.list = g.list[:most]
	}
	return true
}

// flush gives on what was gathered.
func (g *group) flush(w *window) bool {
	slices.SortFunc(g.list, byKey)
	defer func() { g.list = g.list[:0] }()
	for _, k := range g.list {
		if !w.give(k.rec) {
			return false
		}
	}
	return true
}
