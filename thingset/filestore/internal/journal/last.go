package journal

import (
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// Last is the last write of a record.
type Last struct {
	Rev  thingset.Rev
	Gone bool
	Sum  uint32 // of the body, as packs have it
	Size int
}

// LastOf gives the last writes of a set's records, by id, as far back as the journal of a
// domain that nobody has open reaches without a gap, with what was cut and is there for
// the feed. What cannot be read makes it reach less far.
func LastOf(d *disk.Disk, set string) (map[string]Last, error) {
	j, err := Open(d, Retention{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if j.Replay(blind{}) != nil {
		return nil, nil // it was told of
	}
	for from := j.Reach(); ; {
		list, err := j.lastOf(set, from)
		if err == nil {
			return list, nil
		}
		next := j.Reach() // by now it is known what is bad
		if next <= from {
			return nil, nil
		}
		from = next
	}
}

func (j *Journal) lastOf(set string, from thingset.Rev) (map[string]Last, error) {
	list := map[string]Last{}
	for e, err := range j.Since(from, j.Rev()) {
		switch {
		case err != nil:
			return nil, err
		case e.Set != set:
		case e.Body == nil:
			list[e.ID] = Last{Rev: e.Rev, Gone: true}
		default:
			line := relaxed.AppendCompact(nil, e.Body)
			list[e.ID] = Last{Rev: e.Rev, Sum: frame.Sum(line), Size: len(line)}
		}
	}
	return list, nil
}

// blind is a visitor of a journal that wants nothing.
type blind struct{}

var _ Visitor = blind{}

// Segment implements Visitor.
func (blind) Segment(*Segment) {}

// Define implements Visitor.
func (blind) Define(string, []byte) error { return nil }

// Commit implements Visitor.
func (blind) Commit(thingset.Rev) {}

// Write implements Visitor.
func (blind) Write(*Segment, string, string, []byte, uint32) {}

// Drop implements Visitor.
func (blind) Drop(Drop) {}
