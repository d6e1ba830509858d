package journal

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Visitor is told what the journal holds, in order.
type Visitor interface {
	Segment(s *Segment)
	Define(set string, def []byte) error
	Commit(rev thingset.Rev)
	// Write is one write of the commit before; body is nil for a delete and
	// is the visitor's to keep. offset is where the body stands in the segment.
	Write(s *Segment, set, id string, body []byte, offset uint32)
	// Drop says that what came before, of the sets of a folder, does not count. Of a
	// drop that the state tells of nothing comes before.
	Drop(d Drop)
}

// Fault is damage in the journal: what lies from Offset on in a file cannot be
// read, but there is more that can.
type Fault struct {
	File   string
	Offset int64
	What   domain.Text
}

func (f *Fault) Error() string { return f.What.EN }

// In is what is wrong in a language.
func (f *Fault) In(l domain.Lang) string { return f.What.In(l) }

func (f *Fault) wrap() error {
	return domain.Wrap(f, "e.store.damaged", domain.Textf("%s，偏移 %d 处", "%s at offset %d", f.File, f.Offset))
}

// Replay reads the journal. Damage is e.store.damaged with a Fault as its
// cause; a torn tail is nothing that anybody was told of, and is left out.
func (j *Journal) Replay(v Visitor) error {
	segs, err := j.chain()
	if err != nil {
		closeAll(segs)
		return err
	}
	for i, s := range segs {
		j.segs = append(j.segs, s.seg)
		v.Segment(s.seg)
		if err := s.replay(j, v, i == len(segs)-1); err != nil {
			closeAll(segs[i+1:])
			return err
		}
	}
	return nil
}

// chain opens the segments that count, in order: the last one, the one before it as its
// header says, and so on, each limited to what the header says of it. What is left out
// was begun when the disk refused.
func (j *Journal) chain() (chain []*scan, err error) {
	list, err := Segments(j.d)
	if err != nil {
		return nil, err
	}
	j.unsure = len(list) > 0 || j.state.Marks != nil || j.state.Rev > 0 // the state is perhaps not durable
	if n := len(list); n > 0 {
		j.last = max(j.last, list[n-1])
	}
	s, err := j.lastScan(list)
	if s == nil || err != nil {
		return nil, err
	}
	j.from = j.from.latest(s.head.cut)
	chain = []*scan{s}
	for h := s.head; h.counts(j.from); h = s.head {
		s = nil
		if slices.Contains(list, h.before) {
			s, err = openScan(j.d, h.before, j.from)
		}
		if s == nil && err == nil {
			f := missing(h.before)
			err = f.wrap()
		}
		if err != nil {
			return chain, err
		}
		s.end = h.size
		chain = append(chain, s)
	}
	slices.Reverse(chain)
	return chain, nil
}

// lastScan opens the last segment that holds something, nil when none that counts does.
func (j *Journal) lastScan(list []int) (*scan, error) {
	for _, n := range slices.Backward(list) {
		if n < j.from.At.segment {
			break
		}
		if s, err := openScan(j.d, n, j.from); s != nil || err != nil {
			return s, err
		}
	}
	return nil, nil
}

func closeAll(list []*scan) {
	for _, s := range list {
		s.seg.File.Close()
	}
}
