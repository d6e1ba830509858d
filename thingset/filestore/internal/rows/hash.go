package rows

import "hash/maphash"

// hash finds rows by one of their fields: extendible hashing, so that growing
// touches one small shard at a time and never holds readers up for long.
type hash struct {
	t     *Table
	field int
	depth uint8    // bits of the hash that pick a shard
	dir   []*shard // 1 << depth; neighbours may be one shard
}

// shard is an open-addressed table of up to shardMax slots.
type shard struct {
	depth uint8
	n     int
	slots []slot
}

// slot is a row and the hash of its key, for rows lie all over memory: they are
// looked at only when the hashes agree. Row 0: the slot is empty.
type slot struct {
	row Row
	sum uint32
}

const (
	shardMin = 8
	shardMax = 4096
)

func newHash(t *Table, field int) *hash {
	return &hash{t: t, field: field, dir: []*shard{{slots: make([]slot, shardMin)}}}
}

func (h *hash) sum(key []byte) uint32 { return uint32(maphash.Bytes(h.t.seed, key) >> 32) }

// shard is picked by the first bits of a hash, the slot in it by the last ones.
func (h *hash) shard(sum uint32) *shard { return h.dir[sum>>(32-h.depth)] }

// key is what a row is found by.
func (h *hash) key(r Row) []byte {
	k, _ := h.t.raw(r).field(h.field)
	return k
}

// slot is where a key is, or the empty slot where it would be.
func (h *hash) slot(s *shard, sum uint32, key []byte) *slot {
	mask := len(s.slots) - 1
	for i := int(sum) & mask; ; i = (i + 1) & mask {
		if at := &s.slots[i]; at.row == 0 || at.sum == sum && string(h.key(at.row)) == string(key) {
			return at
		}
	}
}

// find is the row with a key, 0 when there is none.
func (h *hash) find(key []byte) Row {
	sum := h.sum(key)
	return h.slot(h.shard(sum), sum, key).row
}

// put makes r the row that is found by its key, and gives the one that was.
func (h *hash) put(r Row) (old Row) {
	key := h.key(r)
	return h.place(r, h.sum(key), key)
}

func (h *hash) place(r Row, sum uint32, key []byte) (old Row) {
	s := h.shard(sum)
	at := h.slot(s, sum, key)
	if old = at.row; old == 0 {
		if 4*(s.n+1) > 3*len(s.slots) {
			h.grow(s, sum)
			s = h.shard(sum)
			at = h.slot(s, sum, key)
		}
		s.n++
	}
	*at = slot{r, sum}
	return old
}

// reserve makes room for n rows in an empty hash.
func (h *hash) reserve(n int) {
	for n > shardMax*5/8<<h.depth {
		h.depth++
	}
	if h.depth == 0 {
		return
	}
	h.dir = make([]*shard, 1<<h.depth)
	for i := range h.dir {
		h.dir[i] = &shard{depth: h.depth, slots: make([]slot, shardMax)}
	}
}

// grow makes room in a shard.
func (h *hash) grow(s *shard, sum uint32) {
	if len(s.slots) < shardMax {
		old := s.slots
		s.slots = make([]slot, 2*len(old))
		for _, one := range old {
			s.add(one)
		}
		return
	}
	if s.depth == h.depth {
		h.spread()
	}
	h.split(s, sum)
}

// add takes in a row that the shard does not have.
func (s *shard) add(one slot) {
	if one.row == 0 {
		return
	}
	mask := len(s.slots) - 1
	i := int(one.sum) & mask
	for s.slots[i].row != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = one
}

// spread doubles the directory: each shard stands in twice as many places.
func (h *hash) spread() {
	dir := make([]*shard, 0, 2*len(h.dir))
	for _, s := range h.dir {
		dir = append(dir, s, s)
	}
	h.dir = dir
	h.depth++
}

// split makes two shards of one that stands in at least two places.
func (h *hash) split(s *shard, sum uint32) {
	a := &shard{depth: s.depth + 1, slots: make([]slot, shardMax)}
	b := &shard{depth: s.depth + 1, slots: make([]slot, shardMax)}
	span := 1 << (h.depth - s.depth)
	first := int(sum>>(32-h.depth)) &^ (span - 1)
	for i := range span {
		if i < span/2 {
			h.dir[first+i] = a
		} else {
			h.dir[first+i] = b
		}
	}
	for _, one := range s.slots {
		if one.row != 0 {
			to := h.shard(one.sum)
			to.add(one)
			to.n++
		}
	}
}

// drop takes a row out, unless another one is found by its key by now.
func (h *hash) drop(r Row) {
	sum := h.sum(h.key(r))
	s := h.shard(sum)
	mask := len(s.slots) - 1
	for i := int(sum) & mask; s.slots[i].row != 0; i = (i + 1) & mask {
		if s.slots[i].row == r {
			s.n--
			s.close(i)
			return
		}
	}
}

// close empties a slot and moves those behind it up that were displaced.
func (s *shard) close(hole int) {
	mask := len(s.slots) - 1
	s.slots[hole] = slot{}
	for i := (hole + 1) & mask; s.slots[i].row != 0; i = (i + 1) & mask {
		home := int(s.slots[i].sum) & mask
		if (i-home)&mask >= (i-hole)&mask {
			s.slots[hole], s.slots[i] = s.slots[i], slot{}
			hole = i
		}
	}
}
