package journal

import (
	"errors"
	"fmt"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

var errGroup = errors.New("a group that makes no sense")

// group hands out what a group holds, which stands at an offset.
func (s *scan) group(j *Journal, v Visitor, payload []byte, at int64) error {
	if payload[0] == kindAside {
		return nil
	}
	d := frame.Decoder{Rest: payload}
	ok := d.Byte() == kindGroup
	for ok && d.More() {
		var err error
		if ok, err = s.item(j, v, &d); err != nil {
			return damaged(err, fmt.Sprintf("%s at offset %d", SegmentFile(s.seg.N), at))
		}
	}
	if !ok || d.Bad {
		f := Fault{SegmentFile(s.seg.N), at, errGroup.Error()}
		return f.wrap()
	}
	return nil
}

// item hands out one item; ok is false when it makes no sense.
func (s *scan) item(j *Journal, v Visitor, d *frame.Decoder) (ok bool, err error) {
	kind := d.Byte()
	if kind == itemCommit {
		rev := thingset.Rev(d.Uvarint())
		if d.Bad || rev <= j.rev {
			return false, nil
		}
		j.rev, s.seg.rev = rev, rev
		v.Commit(rev)
		return true, nil
	}
	set := d.String()
	switch kind {
	case itemDefine:
		if def := d.Bytes(); !d.Bad {
			err = v.Define(set, def)
		}
	case itemPut, itemNew:
		id, body := d.String(), d.Bytes()
		if from := s.off - int64(len(d.Rest)) - int64(len(body)); !d.Bad {
			v.Write(s.seg, set, id, append([]byte{}, body...), uint32(from))
		}
	case itemDelete:
		if id := d.String(); !d.Bad {
			v.Write(s.seg, set, id, nil, 0)
		}
	default:
		return false, nil
	}
	return !d.Bad, err
}
