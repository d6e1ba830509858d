package journal

import (
	"bytes"
	"encoding/binary"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// version of the format.
const version = 1

// header is a segment's first frame.
type header struct {
	before int   // the segment before, 0 when that one was cut
	size   int64 // how much of the one before counts, cut or not; 0 when that is not known
	rev    thingset.Rev
}

func (h header) frame(n int) []byte {
	f := append(frame.Begin(nil), kindHeader, version)
	f = binary.AppendUvarint(f, uint64(h.before))
	f = binary.AppendUvarint(f, uint64(h.size))
	f = binary.AppendUvarint(f, uint64(h.rev))
	frame.Seal(f, frame.Place{File: n})
	return f
}

func readHeader(payload []byte) (h header, ok bool) {
	d := frame.Decoder{Rest: payload}
	if d.Byte() != kindHeader || d.Byte() != version {
		return h, false
	}
	h.before, h.size, h.rev = int(d.Uvarint()), int64(d.Uvarint()), thingset.Rev(d.Uvarint())
	return h, !d.Bad && len(bytes.Trim(d.Rest, "\x00")) == 0 // the doctor fills up with zeros
}
