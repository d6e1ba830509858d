package journal

import (
	"github.com/caryahq/carya/domain"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

var errGroup = domain.Errorf("有一组内容无法理解", "a group that makes no sense")

// group hands out what a group holds, which stands at an offset.
func (s *scan) group(j *Journal, v Visitor, payload []byte, at int64) error {
	if payload[0] == kindAside {
		return nil
	}
	d := frame.Decoder{Rest: payload}
	kind := d.Byte()
	ok := kind == kindGroup || kind == kindCarry
	for ok && d.More() {
		var err error
		if ok, err = s.item(j, v, &d, kind); err != nil && domain.CodeOf(err) != "" {
			return err // a set's folder is damaged, say, not the journal
		} else if err != nil {
			return damagedAt(err, s.seg.N, at)
		}
	}
	if !ok || d.Bad {
		f := Fault{SegmentFile(s.seg.N), at, domain.TextOf(errGroup)}
		return f.wrap()
	}
	return nil
}

// item hands out one item; ok is false when it makes no sense.
func (s *scan) item(j *Journal, v Visitor, d *frame.Decoder, kind byte) (ok bool, err error) {
	it, ok := readItem(d)
	if !ok {
		return false, nil
	}
	if len(it.set) > 0 && j.state.dropped(it.set, s.commit) {
		return true, nil
	}
	switch it.kind {
	case itemCommit:
		s.commit = it.rev
		if kind == kindCarry {
			v.Commit(it.rev)
			break
		}
		if it.rev <= s.seg.rev {
			return false, nil
		}
		s.seg.rev, j.rev = it.rev, max(j.rev, it.rev)
		v.Commit(it.rev)
	case itemDefine:
		err = v.Define(string(it.set), it.body)
	case itemDrop, itemDropUntold:
		d := Drop{string(it.set), s.commit}
		j.found(d)
		v.Drop(d)
	case itemPut, itemNew:
		from := s.off - int64(len(d.Rest)) - int64(len(it.body))
		v.Write(s.seg, string(it.set), string(it.id), append([]byte{}, it.body...), uint32(from))
	case itemDelete:
		v.Write(s.seg, string(it.set), string(it.id), nil, 0)
	}
	return true, err
}

// item is one item of a group; its bytes are the group's.
type item struct {
	kind    byte
	rev     thingset.Rev // of a commit
	set, id []byte       // of a drop the folder
	body    []byte       // of a put; of a define the definition
}

// readItem reads the next item; ok is false when it makes no sense.
func readItem(d *frame.Decoder) (it item, ok bool) {
	it.kind = d.Byte()
	switch it.kind {
	case itemCommit:
		it.rev = thingset.Rev(d.Uvarint())
	case itemDefine:
		it.set, it.body = d.Bytes(), d.Bytes()
	case itemPut, itemNew:
		it.set, it.id, it.body = d.Bytes(), d.Bytes(), d.Bytes()
	case itemDelete:
		it.set, it.id = d.Bytes(), d.Bytes()
	case itemDrop, itemDropUntold:
		it.set = d.Bytes()
	default:
		return it, false
	}
	return it, !d.Bad
}
