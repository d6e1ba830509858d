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
	segs, err := j.scans()
	if err != nil {
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

// scans opens the segments that count, in order.
func (j *Journal) scans() ([]*scan, error) {
	list, err := numbers(j.d, j.state.Segment)
	if err != nil {
		return nil, err
	}
	j.unsure = len(list) > 0 || j.state.Segment > 0 || j.state.Marks != nil // the state is perhaps not durable
	if all, err := numbers(j.d, 0); err != nil {
		return nil, err
	} else if len(all) > 0 {
		j.unsure = true
	}
	var segs []*scan
	for _, n := range list {
		j.last = max(j.last, n)
		s, err := openScan(j.d, n)
		if err != nil {
			closeAll(segs)
			return nil, err
		}
		if s != nil { // nil: begun, and nothing of it counts
			segs = append(segs, s)
		}
	}
	chain, err := j.chain(segs)
	if err != nil {
		closeAll(segs)
	}
	return chain, err
}

func closeAll(list []*scan) {
	for _, s := range list {
		s.seg.File.Close()
	}
}

// chain picks the segments that count: the last one, the one before it as its
// header says, and so on, each limited to what the header says of it. What is
// left out was begun when the disk refused.
func (j *Journal) chain(segs []*scan) ([]*scan, error) {
	if len(segs) == 0 {
		return nil, nil
	}
	i := len(segs) - 1
	chain := []*scan{segs[i]}
	for before := segs[i].head.before; before > j.state.Segment; before = segs[i].head.before {
		size := segs[i].head.size
		for i--; i >= 0 && segs[i].seg.N > before; i-- {
			segs[i].seg.File.Close()
		}
		if i < 0 || segs[i].seg.N != before {
			f := Fault{SegmentFile(before), 0, domain.Text{ZH: "缺少该段", EN: "the segment is missing"}}
			return nil, f.wrap()
		}
		segs[i].end = size
		chain = append(chain, segs[i])
	}
	closeAll(segs[:i])
	slices.Reverse(chain)
	return chain, nil
}
