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

// shard is an open-addressed table of up to shardMax slots; 0 is empty.
type shard struct {
	depth uint8
	n     int
	slots []Row
}

const (
	shardMin = 8
	shardMax = 4096
)

func newHash(t *Table, field int) *hash {
	return &hash{t: t, field: field, dir: []*shard{{slots: make([]Row, shardMin)}}}
}

func (h *hash) sum(key []byte) uint64 { return maphash.Bytes(h.t.seed, key) }

func (h *hash) shard(sum uint64) *shard { return h.dir[sum>>(64-h.depth)] }

// key is what a row is found by.
func (h *hash) key(r Row) []byte {
	k, _ := h.t.raw(r).field(h.field)
	return k
}

// slot is where a key is, or the empty slot where it would be.
func (h *hash) slot(s *shard, sum uint64, key []byte) int {
	mask := len(s.slots) - 1
	for i := int(sum) & mask; ; i = (i + 1) & mask {
		if s.slots[i] == 0 || string(h.key(s.slots[i])) == string(key) {
			return i
		}
	}
}

// find is the row with a key, 0 when there is none.
func (h *hash) find(key []byte) Row {
	sum := h.sum(key)
	s := h.shard(sum)
	return s.slots[h.slot(s, sum, key)]
}

// put makes r the row that is found by its key, and gives the one that was.
func (h *hash) put(r Row) (old Row) {
	key := h.key(r)
	sum := h.sum(key)
	s := h.shard(sum)
	i := h.slot(s, sum, key)
	if old = s.slots[i]; old == 0 {
		if 4*(s.n+1) > 3*len(s.slots) {
			h.grow(s, sum)
			s = h.shard(sum)
			i = h.slot(s, sum, key)
		}
		s.n++
	}
	s.slots[i] = r
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
		h.dir[i] = &shard{depth: h.depth, slots: make([]Row, shardMax)}
	}
}

// grow makes room in a shard.
func (h *hash) grow(s *shard, sum uint64) {
	if len(s.slots) < shardMax {
		old := s.slots
		s.slots = make([]Row, 2*len(old))
		h.fill(s, old)
		return
	}
	if s.depth == h.depth {
		h.spread()
	}
	h.split(s, sum)
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
func (h *hash) split(s *shard, sum uint64) {
	a := &shard{depth: s.depth + 1, slots: make([]Row, shardMax)}
	b := &shard{depth: s.depth + 1, slots: make([]Row, shardMax)}
	span := 1 << (h.depth - s.depth)
	first := int(sum>>(64-h.depth)) &^ (span - 1)
	for i := range span {
		if i < span/2 {
			h.dir[first+i] = a
		} else {
			h.dir[first+i] = b
		}
	}
	for _, r := range s.slots {
		if r == 0 {
			continue
		}
		key := h.key(r)
		sum := h.sum(key)
		to := h.shard(sum)
		to.slots[h.slot(to, sum, key)] = r
		to.n++
	}
}

func (h *hash) fill(s *shard, old []Row) {
	for _, r := range old {
		if r != 0 {
			key := h.key(r)
			s.slots[h.slot(s, h.sum(key), key)] = r
		}
	}
}

// drop takes a row out, unless another one is found by its key by now.
func (h *hash) drop(r Row) {
	key := h.key(r)
	sum := h.sum(key)
	s := h.shard(sum)
	i := h.slot(s, sum, key)
	if s.slots[i] != r {
		return
	}
	s.n--
	h.close(s, i)
}

// close empties a slot and moves those behind it up that were displaced.
func (h *hash) close(s *shard, hole int) {
	mask := len(s.slots) - 1
	s.slots[hole] = 0
	for i := (hole + 1) & mask; s.slots[i] != 0; i = (i + 1) & mask {
		home := int(h.sum(h.key(s.slots[i]))) & mask
		if (i-home)&mask >= (i-hole)&mask {
			s.slots[hole], s.slots[i] = s.slots[i], 0
			hole = i
		}
	}
}
