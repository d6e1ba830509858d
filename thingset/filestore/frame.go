package filestore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/caryahq/carya/thingset"
)

var errFrame = errors.New("a frame that does not fit its checksum, and good ones behind it")

// readFrames hands out the batches of a segment and gives the offset behind
// the last good frame. A bad frame with a good one somewhere behind it is an error.
func readFrames(data []byte, f func(thingset.Rev, []write)) (good int, err error) {
	for good < len(data) {
		rev, batch, n := readFrame(data[good:])
		if n == 0 {
			if goodFrameIn(data[good+1:]) {
				return good, errFrame
			}
			return good, nil
		}
		f(rev, batch)
		good += n
	}
	return good, nil
}

// goodFrameIn looks for a whole frame anywhere in what follows a bad one.
func goodFrameIn(data []byte) bool {
	for i := 0; i+frameHead < len(data); i++ {
		if _, _, n := readFrame(data[i:]); n > 0 {
			return true
		}
	}
	return false
}

// readFrame reads one frame; n is its length, 0 when there is none whole.
func readFrame(data []byte) (rev thingset.Rev, batch []write, n int) {
	if len(data) < frameHead {
		return 0, nil, 0
	}
	size := int(binary.LittleEndian.Uint32(data))
	if size == 0 || size > maxFrame || size > len(data)-frameHead {
		return 0, nil, 0
	}
	payload := data[frameHead : frameHead+size]
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(data[4:]) {
		return 0, nil, 0
	}
	d := decoder{payload, true}
	rev = thingset.Rev(d.uvarint())
	count := d.uvarint()
	for range count {
		batch = append(batch, d.write())
		if !d.ok {
			return 0, nil, 0
		}
	}
	if !d.ok || len(d.rest) > 0 {
		return 0, nil, 0
	}
	return rev, batch, frameHead + size
}

// decoder reads a payload; ok turns false at its first fault.
type decoder struct {
	rest []byte
	ok   bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.ok = false
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if !d.ok || n > uint64(len(d.rest)) {
		d.ok = false
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) write() (w write) {
	if len(d.rest) == 0 {
		d.ok = false
		return w
	}
	kind := d.rest[0]
	d.rest = d.rest[1:]
	w.set, w.id = string(d.bytes()), string(d.bytes())
	body := d.bytes()
	if w.plain = kind&2 != 0; kind&1 == 0 {
		w.body = append([]byte{}, body...)
	}
	return w
}
