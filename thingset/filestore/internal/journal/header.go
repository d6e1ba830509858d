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
	before int   // the segment before; 0 when there is none
	size   int64 // how much of the one before counts, cut or not
	rev    thingset.Rev
	cut    cutPoint // as it was when the segment was begun; earlier versions left it out
}

func (h header) frame(n int) []byte {
	f := append(frame.Begin(nil), kindHeader, version)
	f = binary.AppendUvarint(f, uint64(h.before))
	f = binary.AppendUvarint(f, uint64(h.size))
	f = binary.AppendUvarint(f, uint64(h.rev))
	if h.cut != (cutPoint{}) {
		f = binary.AppendUvarint(f, uint64(h.cut.Rev))
		f = binary.AppendUvarint(f, uint64(h.cut.At.segment))
		f = binary.AppendUvarint(f, uint64(h.cut.At.offset))
	}
	frame.Seal(f, frame.Place{File: n})
	return f
}

func readHeader(payload []byte) (h header, ok bool) {
	d := frame.Decoder{Rest: append(bytes.Clone(payload), 0, 0, 0)}
	if d.Byte() != kindHeader || d.Byte() != version {
		return h, false
	}
	h.before, h.size, h.rev = int(d.Uvarint()), int64(d.Uvarint()), thingset.Rev(d.Uvarint())
	h.cut.Rev = thingset.Rev(d.Uvarint())
	h.cut.At = position{int(d.Uvarint()), int64(d.Uvarint())}
	return h, !d.Bad && len(bytes.Trim(d.Rest, "\x00")) == 0 // the doctor fills up with zeros
}

// counts reports whether something of the segment before counts, behind a cut point.
func (h header) counts(from cutPoint) bool {
	return h.before > 0 && from.At.before(position{h.before, h.size})
}
