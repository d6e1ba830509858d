package pack

import (
	"encoding/binary"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Kind is a kind of entry.
type Kind byte

// The kinds of entries.
const (
	Put    Kind = 'p' // a record
	PutOwn Kind = 'P' // a record with a file of its own
	Gone   Kind = 'g' // a record that is there no more
	Own    Kind = 's' // a new state of a record's own file, also of a record that is in no pack
)

// Entry is one entry of a key file. Its bytes hold during the visit only.
type Entry struct {
	Kind  Kind
	Rev   thingset.Rev
	ID    []byte     // Gone and Own
	Keys  []byte     // Put: of the shape of Def
	Line  rows.Place // Put: the body, without File
	Stamp rows.Stamp // PutOwn and Own
	Def   []byte     // by which Keys were made
}

// The first byte of a frame's payload.
const (
	frameDef     = 'D'
	frameEntries = 'E'
)

const version = 1

func appendPut(dst []byte, e Entry) []byte {
	dst = append(dst, byte(e.Kind))
	dst = binary.AppendUvarint(dst, uint64(e.Rev))
	dst = binary.AppendUvarint(dst, uint64(e.Line.Offset))
	dst = binary.AppendUvarint(dst, uint64(e.Line.Size))
	dst = binary.LittleEndian.AppendUint32(dst, e.Line.Sum)
	if e.Kind == PutOwn {
		dst = appendStamp(dst, e.Stamp)
	}
	return frame.AppendBytes(dst, e.Keys)
}

func appendStamp(dst []byte, s rows.Stamp) []byte {
	dst = binary.AppendUvarint(dst, s.Inode)
	dst = binary.AppendUvarint(dst, uint64(s.Time))
	dst = binary.AppendUvarint(dst, uint64(s.Size))
	return binary.LittleEndian.AppendUint32(dst, s.Sum)
}

func readStamp(d *frame.Decoder) rows.Stamp {
	return rows.Stamp{Inode: d.Uvarint(), Time: int64(d.Uvarint()), Size: uint32(d.Uvarint()), Sum: d.Uint32()}
}

func readEntry(d *frame.Decoder) (e Entry) {
	switch e.Kind = Kind(d.Byte()); e.Kind {
	case Put, PutOwn:
		e.Rev = thingset.Rev(d.Uvarint())
		e.Line.Offset, e.Line.Size, e.Line.Sum = uint32(d.Uvarint()), uint32(d.Uvarint()), d.Uint32()
		if e.Kind == PutOwn {
			e.Stamp = readStamp(d)
		}
		e.Keys = d.Bytes()
	case Gone:
		e.Rev, e.ID = thingset.Rev(d.Uvarint()), d.Bytes()
	case Own:
		e.ID, e.Stamp = d.Bytes(), readStamp(d)
	default:
		d.Bad = true
	}
	return e
}
