// Package frame wraps a payload so that a reader knows whether all of it is
// there: the journal and the key files of packs are rows of frames.
//
// A frame is 12 bytes and the payload: the payload's length, its checksum, and
// the checksum of these two, all uint32, little endian, CRC-32C. Both checksums
// begin with the frame's place (number of the file, offset in it): a frame
// that stands where it was not written, left over on a reused block, does not
// open.
package frame

import (
	"encoding/binary"
	"hash/crc32"
)

// Head is the size of a frame without its payload, in bytes; MaxPayload bounds
// the payload.
const (
	Head       = 12
	MaxPayload = 1 << 30
)

// Place is where a frame stands.
type Place struct {
	File   int
	Offset int64
}

// castagnoli is the table of CRC-32C; it is never changed.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum is the CRC-32C of data.
func Sum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }

// seed is the checksum of the place.
func (p Place) seed() uint32 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], uint64(p.File))
	binary.LittleEndian.PutUint64(b[8:], uint64(p.Offset))
	return crc32.Checksum(b[:], castagnoli)
}

// Begin appends room for the head of a frame; the payload is appended next.
func Begin(dst []byte) []byte { return append(dst, make([]byte, Head)...) }

// Seal fills in the head of a frame made by Begin.
func Seal(f []byte, at Place) {
	seed := at.seed()
	binary.LittleEndian.PutUint32(f, uint32(len(f)-Head))
	binary.LittleEndian.PutUint32(f[4:], crc32.Update(seed, castagnoli, f[Head:]))
	binary.LittleEndian.PutUint32(f[8:], crc32.Update(seed, castagnoli, f[:8]))
}

// Size reads a head and gives the size of the whole frame; ok is false when it
// is no head of a frame at that place.
func Size(head []byte, at Place) (n int, ok bool) {
	if len(head) < Head {
		return 0, false
	}
	size := binary.LittleEndian.Uint32(head)
	if size > MaxPayload || crc32.Update(at.seed(), castagnoli, head[:8]) != binary.LittleEndian.Uint32(head[8:]) {
		return 0, false
	}
	return Head + int(size), true
}

// Open gives the payload of the frame that data begins with and the frame's
// size; ok is false when there is none whole.
func Open(data []byte, at Place) (payload []byte, n int, ok bool) {
	n, ok = Size(data, at)
	if !ok || n > len(data) {
		return nil, 0, false
	}
	payload = data[Head:n]
	if crc32.Update(at.seed(), castagnoli, payload) != binary.LittleEndian.Uint32(data[4:]) {
		return nil, 0, false
	}
	return payload, n, true
}

// Find gives the offset of the first whole frame in data, which lies at a
// place; -1 when there is none.
func Find(data []byte, at Place) int {
	for i := 0; i+Head <= len(data); i++ {
		if n := zeros(data[i:]); n >= Head { // no head is all zeros
			i += n - Head
			continue
		}
		if _, _, ok := Open(data[i:], Place{at.File, at.Offset + int64(i)}); ok {
			return i
		}
	}
	return -1
}

// zeros is how many zeros data begins with.
func zeros(data []byte) (n int) {
	for n+8 <= len(data) && binary.LittleEndian.Uint64(data[n:]) == 0 {
		n += 8
	}
	for n < len(data) && data[n] == 0 {
		n++
	}
	return n
}
