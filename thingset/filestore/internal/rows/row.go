package rows

import (
	"iter"
	"maps"
	"sync/atomic"
	"unsafe"

	"github.com/caryahq/carya/thingset"
)

// Row is where a row lies in its table; 0 is none. Rows that went are used
// again.
type Row uint32

// Place is where a body lies on disk.
type Place struct {
	File   uint16 // the room's number of an open file; 0 is none
	Size   uint32
	Offset uint32
	Sum    uint32 // CRC-32C of the bytes
}

// Stamp is the state of a record's own file as the engine knows it: what the
// system says of it and the sum of its text. The zero Stamp is no file.
type Stamp struct {
	Inode uint64
	Time  int64 // of modification, Unix ns
	Size  uint32
	Sum   uint32
}

// head is a row's fixed part; its keys follow.
type head struct {
	revFile uint64 // revision << 16 | file; 0 when the row is not in use
	offset  uint32
	size    uint32
	sum     uint32
	cached  uint32 // the cache's slot that may hold the body
}

const headSize = int(unsafe.Sizeof(head{}))

func (t *Table) head(r Row) *head {
	return (*head)(unsafe.Pointer(unsafe.SliceData(t.rows.at(r))))
}

// raw begins with a row's keys.
func (t *Table) raw(r Row) Keys { return t.rows.at(r)[headSize:] }

// make makes a row, which is nowhere found yet.
func (t *Table) make(k Keys, rev thingset.Rev, p Place) Row {
	r := t.rows.add(headSize + len(k))
	copy(t.raw(r), k)
	h := t.head(r)
	h.place(rev, p)
	atomic.StoreUint32(&h.cached, 0)
	return r
}

func (h *head) place(rev thingset.Rev, p Place) {
	h.revFile = uint64(rev)<<16 | uint64(p.File)
	h.offset, h.size, h.sum = p.Offset, p.Size, p.Sum
}

// Release frees a row that was dropped or replaced, once nobody can walk over
// it any more.
func (t *Table) Release(r Row) {
	size := headSize + len(t.Keys(r))
	t.cache.drop(t, r)
	delete(t.stamps, r)
	t.head(r).revFile = 0
	t.rows.drop(r, size)
}

// Keys are a row's keys.
func (t *Table) Keys(r Row) Keys { return t.shape.trim(t.raw(r)) }

// Expi is when a row expires, in Unix ms; 0 is never.
func (t *Table) Expi(r Row) int64 { return t.raw(r).Expi() }

// ID is a row's id. The bytes are the table's: they hold as long as its lock.
func (t *Table) ID(r Row) []byte { return t.raw(r).ID() }

// Rev is the revision that wrote a row, 0 when it is not in use.
func (t *Table) Rev(r Row) thingset.Rev { return thingset.Rev(t.head(r).revFile >> 16) }

// Place is where a row's body lies.
func (t *Table) Place(r Row) Place {
	h := t.head(r)
	return Place{uint16(h.revFile), h.size, h.offset, h.sum}
}

// Move tells where a row's body lies now.
func (t *Table) Move(r Row, p Place) { t.head(r).place(t.Rev(r), p) }

// Stamp is the state of a row's own file as it is known.
func (t *Table) Stamp(r Row) Stamp { return t.stamps[r] }

// SetStamp tells the state of a row's own file.
func (t *Table) SetStamp(r Row, s Stamp) {
	switch {
	case s == Stamp{}:
		delete(t.stamps, r)
	case t.stamps == nil:
		t.stamps = map[Row]Stamp{r: s}
	default:
		t.stamps[r] = s
	}
}

// Stamped are the rows of which a file of their own is known.
func (t *Table) Stamped() iter.Seq2[Row, Stamp] { return maps.All(t.stamps) }

// Body is a row's body when memory holds it, nil when it has to be read.
func (t *Table) Body(r Row) *Body { return t.cache.find(t, r, atomic.LoadUint32(&t.head(r).cached)) }

// SetBody has memory hold a row's body for as long as the cache has room.
// Readers may call it.
func (t *Table) SetBody(r Row, id string, data []byte) *Body {
	b := &Body{ID: id, Data: data, t: t, r: r}
	t.cache.keep(b, &t.head(r).cached)
	return b
}

// Forget drops all bodies: the table is not used any more.
func (t *Table) Forget() { t.cache.forget(t) }

// view is b as a string without a copy: for bytes that never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// raw is s as bytes without a copy: for looking only.
func raw(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
