package rows

import (
	"slices"
	"sync"

	"github.com/caryahq/carya/thingset"
)

// Loader fills an empty table faster than Add does: unique keys and orders are
// made at the end.
type Loader struct {
	t   *Table
	all []Row // some may be gone, or stand twice
}

// Load begins to fill an empty table; n is about how many rows will come.
func (t *Table) Load(n int) *Loader {
	t.ids.reserve(n)
	for _, h := range t.unique {
		h.reserve(n)
	}
	return &Loader{t, make([]Row, 0, n)}
}

// Put takes a version in, in place of the one before.
func (l *Loader) Put(k Keys, rev thingset.Rev, p Place) Row {
	r := l.t.make(k, rev, p)
	old := l.t.ids.put(r)
	l.all = append(l.all, r)
	if old == 0 {
		l.t.n++
	} else {
		l.t.SetStamp(r, l.t.Stamp(old))
		l.t.Release(old)
	}
	return r
}

// Drop takes an id out.
func (l *Loader) Drop(id string) {
	if r := l.t.Find(id); r != 0 {
		l.t.n--
		l.t.ids.drop(r)
		l.t.Release(r)
	}
}

// End makes what is missing. The rows whose unique value another live one holds
// already are taken and reported, with the number of the key.
func (l *Loader) End(now int64, report func(r, holder Row, key int)) {
	t := l.t
	slices.Sort(l.all) // some rows were used twice
	all := slices.DeleteFunc(slices.Compact(l.all), func(r Row) bool { return t.Rev(r) == 0 })
	entries := make([]entry, len(all)) // for one order after the other: it is as large as many of them
	t.orders[0].load(all, entries)
	all = t.rowsByID(all[:0])
	clashes := make([][]clash, len(t.unique))
	var wg sync.WaitGroup
	wg.Go(func() {
		for n, h := range t.unique {
			clashes[n] = h.load(all, now)
		}
	})
	wg.Go(func() {
		for _, o := range t.orders[1:] {
			o.load(all, entries)
		}
		t.loadExpiry(all, entries)
	})
	wg.Wait()
	for n, list := range clashes {
		for _, c := range list {
			report(c.row, c.holder, n)
		}
	}
}

// rowsByID appends all rows in the order of their ids.
func (t *Table) rowsByID(dst []Row) []Row {
	for _, l := range t.orders[0].leaves {
		dst = append(dst, l.rows...)
	}
	return dst
}

func (t *Table) loadExpiry(all []Row, entries []entry) {
	var list []Row
	for _, r := range all {
		if t.Expi(r) > 0 {
			list = append(list, r)
		}
	}
	t.expiry.load(list, entries)
}

// clash is a row whose unique value another one holds.
type clash struct{ row, holder Row }

// load takes rows into a hash of a unique key; the first live one holds a
// value.
func (h *hash) load(list []Row, now int64) (clashes []clash) {
	for _, r := range list {
		key, ok := h.t.raw(r).field(h.field)
		if !ok {
			continue
		}
		sum := h.sum(key)
		holder := h.slot(h.shard(sum), sum, key).row
		switch {
		case holder == 0 || h.t.dead(holder, now):
			h.place(r, sum, key)
		case !h.t.dead(r, now):
			clashes = append(clashes, clash{r, holder})
		}
	}
	return clashes
}

func (t *Table) dead(r Row, now int64) bool {
	at := t.Expi(r)
	return at > 0 && at <= now
}
