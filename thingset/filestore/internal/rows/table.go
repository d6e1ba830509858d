package rows

import (
	"hash/maphash"
	"iter"

	"github.com/caryahq/carya/thingset"
)

// Table is the records of one set. Make one with NewTable.
type Table struct {
	shape  *Shape
	cache  *Cache
	seed   maphash.Seed
	rows   arena
	stamps map[Row]Stamp
	n      int

	ids    *hash
	unique []*hash
	orders []*order
	expiry *order
}

// NewTable makes an empty table.
func NewTable(shape *Shape, cache *Cache) *Table {
	t := &Table{shape: shape, cache: cache, seed: maphash.MakeSeed()}
	t.ids = newHash(t, 0)
	for k := range shape.def.Unique {
		t.unique = append(t.unique, newHash(t, 1+k))
	}
	for i := range shape.orders {
		t.orders = append(t.orders, &order{t: t, field: i})
	}
	t.expiry = &order{t: t, field: expiry}
	return t
}

// Shape is the shape of the table's keys.
func (t *Table) Shape() *Shape { return t.shape }

// Len is the number of rows.
func (t *Table) Len() int { return t.n }

// Find is the row of an id, 0 when there is none.
func (t *Table) Find(id string) Row { return t.ids.find(raw(id)) }

// FindID is Find by bytes.
func (t *Table) FindID(id []byte) Row { return t.ids.find(id) }

// Holder is the row that holds the text of unique key k, 0 when none does.
func (t *Table) Holder(k int, text string) Row { return t.unique[k].find(raw(text)) }

// Add makes a row of keys and takes it in, in place of old (0 none), which is
// gone afterwards but readable until Release. Its unique values are free or held by
// old or by a row that has expired.
func (t *Table) Add(k Keys, rev thingset.Rev, p Place, old Row) Row {
	r := t.make(k, rev, p)
	if old != 0 {
		t.replace(old, r)
		return r
	}
	t.n++
	t.ids.put(r)
	t.claim(r)
	for _, o := range t.orders {
		o.put(r)
	}
	if k.Expi() > 0 {
		t.expiry.put(r)
	}
	return r
}

func (t *Table) claim(r Row) {
	k := t.raw(r)
	for n, h := range t.unique {
		if _, ok := k.Unique(n); ok {
			h.put(r)
		}
	}
}

// replace puts a new version in the place of the old one.
func (t *Table) replace(old, r Row) {
	a, b := t.raw(old), t.raw(r)
	t.ids.put(r)
	t.Unclaim(old)
	t.claim(r)
	for i, o := range t.orders {
		t.reorder(o, old, r, i == 0 || sameField(a, b, len(t.unique)+i))
	}
	switch was, is := a.Expi(), b.Expi(); {
	case was > 0 && is > 0:
		t.reorder(t.expiry, old, r, was == is)
	case was > 0:
		t.expiry.drop(old)
	case is > 0:
		t.expiry.put(r)
	}
	t.SetStamp(r, t.Stamp(old))
}

func (t *Table) reorder(o *order, old, r Row, same bool) {
	if same {
		o.swap(old, r)
		return
	}
	o.drop(old)
	o.put(r)
}

func sameField(a, b Keys, n int) bool {
	x, _ := a.field(n)
	y, _ := b.field(n)
	return string(x) == string(y)
}

// Unclaim frees a row's unique values before the row itself goes or is replaced:
// for records of one batch that swap values.
func (t *Table) Unclaim(r Row) {
	k := t.raw(r)
	for n, h := range t.unique {
		if _, ok := k.Unique(n); ok {
			h.drop(r)
		}
	}
}

// Drop takes a row out; it is readable until Release.
func (t *Table) Drop(r Row) {
	t.n--
	t.ids.drop(r)
	t.Unclaim(r)
	for _, o := range t.orders {
		o.drop(r)
	}
	if t.Expi(r) > 0 {
		t.expiry.drop(r)
	}
}

// All are the rows in use by the order of ids.
func (t *Table) All() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for _, l := range t.orders[0].leaves {
			for _, r := range l.rows {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (t *Table) order(key string) *order {
	if key == "" {
		key = "id"
	}
	for i, name := range t.shape.orders {
		if name == key {
			return t.orders[i]
		}
	}
	return nil
}

// Expired are up to n rows that expire until now, soonest first.
func (t *Table) Expired(now int64, n int) []Row {
	var out []Row
	for _, l := range t.expiry.leaves {
		for _, r := range l.rows {
			if t.Expi(r) > now || len(out) >= n {
				return out
			}
			out = append(out, r)
		}
	}
	return out
}

// NextExpiry is when the next row expires.
func (t *Table) NextExpiry() (at int64, ok bool) {
	if t.expiry.n == 0 {
		return 0, false
	}
	return t.Expi(t.expiry.leaves[0].rows[0]), true
}
