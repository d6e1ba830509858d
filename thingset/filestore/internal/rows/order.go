package rows

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"sync/atomic"
)

// order keeps rows sorted by one sort key and by id: a sorted list of leaves,
// each a sorted list of rows with the first eight bytes of their keys, which
// settle most comparisons without a look at the rows.
//
// snap is a snapshot in O(1): what it shares is copied before the next change.
type order struct {
	t      *Table
	field  int // number in the shape's orders, expiry for the order of expi
	leaves []leafRef
	n      int
	gen    uint32 // leaves of an older generation belong to snapshots too
	shared atomic.Bool
}

// expiry is the field of the order by time of expiry: only rows that expire
// are in it.
const expiry = -1

type leafRef struct {
	first uint64 // head of the leaf's first key
	*leaf
}

type leaf struct {
	gen   uint32
	heads []uint64
	rows  []Row
}

const leafMax = 256

// place is what a row is compared by.
type place struct {
	head uint64
	key  []byte // the sort key
	id   []byte
}

// place of a row; the bytes are those of the table, or appended to buf.
func (o *order) place(buf []byte, r Row) place {
	k := o.t.raw(r)
	var p place
	switch p.id = k.ID(); o.field {
	case expiry:
		p.key = binary.BigEndian.AppendUint64(buf, uint64(k.Expi()))
	case 0:
		p.key = appendIDKey(buf, p.id)
	default:
		p.key, _ = k.field(len(o.t.shape.def.Unique) + o.field)
	}
	p.head = headOf(p.key)
	return p
}

// headOf is the first eight bytes of a key as a number.
func headOf(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// cmp compares an entry with a place.
func (o *order) cmp(head uint64, r Row, p place) int {
	switch {
	case head < p.head:
		return -1
	case head > p.head:
		return 1
	}
	k := o.t.raw(r)
	if key, ok := o.stored(k); ok {
		if c := bytes.Compare(key, p.key); c != 0 {
			return c
		}
	}
	return bytes.Compare(k.ID(), p.id)
}

// stored is the sort key where it is part of the keys. Ids sort as their sort
// keys do, and the head of a time of expiry is all of it.
func (o *order) stored(k Keys) (key []byte, ok bool) {
	if o.field <= 0 {
		return nil, false
	}
	return k.field(len(o.t.shape.def.Unique) + o.field)
}

// leafOf is the number of the leaf where a place is or belongs.
func (o *order) leafOf(p place) int {
	i := sort.Search(len(o.leaves), func(i int) bool {
		l := &o.leaves[i]
		if l.first != p.head { // without a look at the leaf
			return l.first > p.head
		}
		return o.cmp(l.first, l.rows[0], p) > 0
	})
	return max(0, i-1)
}

// in is where a place is or belongs in a leaf.
func (o *order) in(l *leaf, p place) int {
	return sort.Search(len(l.rows), func(i int) bool {
		if h := l.heads[i]; h != p.head {
			return h > p.head
		}
		return o.cmp(l.heads[i], l.rows[i], p) >= 0
	})
}

// own gives leaf i for changing.
func (o *order) own(i int) *leaf {
	if o.shared.Load() {
		o.shared.Store(false)
		o.gen++
		o.leaves = slices.Clone(o.leaves)
	}
	l := o.leaves[i].leaf
	if l.gen != o.gen {
		l = &leaf{o.gen, slices.Clone(l.heads), slices.Clone(l.rows)}
		o.leaves[i].leaf = l
	}
	return l
}

// put takes a row in.
func (o *order) put(r Row) {
	var buf [160]byte
	p := o.place(buf[:0], r)
	o.n++
	if len(o.leaves) == 0 {
		o.gen++
		o.shared.Store(false)
		o.leaves = []leafRef{{p.head, &leaf{o.gen, []uint64{p.head}, []Row{r}}}}
		return
	}
	i := o.leafOf(p)
	l := o.own(i)
	at := o.in(l, p)
	if len(l.rows) >= leafMax {
		i, at = o.split(i, at)
		l = o.own(i)
	}
	l.heads = slices.Insert(l.heads, at, p.head)
	l.rows = slices.Insert(l.rows, at, r)
	o.leaves[i].first = l.heads[0]
}

// split makes two of a full leaf and gives the place at in them. What is
// appended at the end of all leaves the full one full: most keys only grow.
func (o *order) split(i, at int) (int, int) {
	l := o.own(i)
	cut := len(l.rows) / 2
	if i == len(o.leaves)-1 && at == len(l.rows) {
		cut = len(l.rows) - 1
	}
	right := &leaf{o.gen, slices.Clone(l.heads[cut:]), slices.Clone(l.rows[cut:])}
	l.heads, l.rows = l.heads[:cut], l.rows[:cut]
	o.leaves = slices.Insert(o.leaves, i+1, leafRef{right.heads[0], right})
	if at > cut {
		return i + 1, at - cut
	}
	return i, at
}

// find is where a row is.
func (o *order) find(r Row) (i, at int) {
	var buf [160]byte
	p := o.place(buf[:0], r)
	if len(o.leaves) == 0 {
		return 0, -1
	}
	i = o.leafOf(p)
	l := o.leaves[i]
	if at = o.in(l.leaf, p); at == len(l.rows) || l.rows[at] != r {
		return i, -1
	}
	return i, at
}

// drop takes a row out.
func (o *order) drop(r Row) {
	i, at := o.find(r)
	if at < 0 {
		return
	}
	o.n--
	l := o.own(i)
	l.heads = slices.Delete(l.heads, at, at+1)
	l.rows = slices.Delete(l.rows, at, at+1)
	if len(l.rows) == 0 {
		o.leaves = slices.Delete(o.leaves, i, i+1)
		return
	}
	o.leaves[i].first = l.heads[0]
	o.join(i)
}

// join makes one leaf of two small neighbours.
func (o *order) join(i int) {
	if i+1 == len(o.leaves) {
		i--
	}
	if i < 0 || len(o.leaves[i].rows)+len(o.leaves[i+1].rows) > leafMax/2 {
		return
	}
	l, next := o.own(i), o.leaves[i+1]
	l.heads = append(l.heads, next.heads...)
	l.rows = append(l.rows, next.rows...)
	o.leaves = slices.Delete(o.leaves, i+1, i+2)
}

// swap puts a row in the place of one with the same keys.
func (o *order) swap(old, r Row) {
	if i, at := o.find(old); at >= 0 {
		o.own(i).rows[at] = r
	}
}

// entry is a row on its way into an order.
type entry struct {
	head, next uint64 // the first sixteen bytes of the key
	rank       uint32 // by id; with longKey when the key is longer
	row        Row
}

// longKey is a bit that no rank has: rows are told apart by 32 bits, and take more
// than one of the arena's units each.
const longKey = 1 << 31

// load takes many rows into an empty order. But for that of ids itself they come
// in the order of their ids. entries is memory to work with, of as many at least.
func (o *order) load(list []Row, entries []entry) {
	entries = entries[:len(list)]
	var buf [160]byte
	for i, r := range list {
		p := o.place(buf[:0], r)
		e := entry{head: p.head, rank: uint32(i), row: r}
		if len(p.key) > 8 {
			e.next = headOf(p.key[8:])
		}
		if len(p.key) > 16 {
			e.rank |= longKey
		}
		entries[i] = e
	}
	if !slices.IsSortedFunc(entries, o.compare) {
		slices.SortFunc(entries, o.compare)
	}
	for part := range slices.Chunk(entries, leafMax) {
		l := &leaf{gen: o.gen, heads: make([]uint64, len(part)), rows: make([]Row, len(part))}
		for i, e := range part {
			l.heads[i], l.rows[i] = e.head, e.row
		}
		o.leaves = append(o.leaves, leafRef{l.heads[0], l})
	}
	o.n = len(list)
}

func (o *order) compare(a, b entry) int {
	c := cmp.Compare(a.head, b.head)
	if c == 0 {
		c = cmp.Compare(a.next, b.next)
	}
	if c == 0 && o.field == 0 { // ids sort as their keys do
		return bytes.Compare(o.t.raw(a.row).ID(), o.t.raw(b.row).ID())
	}
	if c == 0 && (a.rank|b.rank)&longKey != 0 {
		x, y := [160]byte{}, [160]byte{}
		c = bytes.Compare(o.place(x[:0], a.row).key, o.place(y[:0], b.row).key)
	}
	if c == 0 {
		c = cmp.Compare(a.rank&^longKey, b.rank&^longKey)
	}
	return c
}
