package rows

import "unsafe"

// arena holds runs of bytes at addresses that never change, eight bytes a unit,
// so that 32 bits reach 32 GiB. What is freed is used again for runs of the same
// size. Address 0 is not used.
type arena struct {
	chunks [][]uint64
	used   int // units of the last chunk
	free   map[int][]Row
}

// chunkBits is how many bits of an address count within a chunk: 64 KiB.
const (
	chunkBits = 13
	unit      = 8
)

func units(size int) int { return (size + unit - 1) / unit }

// add makes room for size bytes.
func (a *arena) add(size int) Row {
	n := units(size)
	if list := a.free[n]; len(list) > 0 {
		r := list[len(list)-1]
		a.free[n] = list[:len(list)-1]
		return r
	}
	if last := len(a.chunks) - 1; last < 0 || a.used+n > len(a.chunks[last]) {
		a.grow(n)
	}
	r := Row((len(a.chunks)-1)<<chunkBits | a.used)
	a.used += n
	return r
}

// grow begins a chunk: small ones first, since most sets are small, and one of
// its own for what is too big.
func (a *arena) grow(n int) {
	next, used := 1<<(chunkBits-7), 1
	if last := len(a.chunks) - 1; last >= 0 {
		next, used = min(4*len(a.chunks[last]), 1<<chunkBits), 0
	}
	a.chunks = append(a.chunks, make([]uint64, max(next, n+used)))
	a.used = used
}

// at is what lies from an address to the end of its chunk.
func (a *arena) at(r Row) []byte {
	c := a.chunks[r>>chunkBits][r&(1<<chunkBits-1):]
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(c))), len(c)*unit)
}

// drop frees a run of size bytes.
func (a *arena) drop(r Row, size int) {
	if a.free == nil {
		a.free = map[int][]Row{}
	}
	a.free[units(size)] = append(a.free[units(size)], r)
}
