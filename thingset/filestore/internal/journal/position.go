package journal

import (
	"cmp"
	"encoding/json"

	"github.com/caryahq/carya/thingset"
)

// cutPoint is up to where the journal was cut: what stands before At, the commits up
// to Rev, is safe elsewhere and does not count any more.
type cutPoint struct {
	Rev thingset.Rev `json:"rev"`
	At  position     `json:"segment"`
}

// latest returns the later one of two cut points.
func (c cutPoint) latest(d cutPoint) cutPoint {
	if c.At.before(d.At) || c.At == d.At && c.Rev < d.Rev {
		return d
	}
	return c
}

// position is a place in the journal.
type position struct {
	segment int
	offset  int64
}

func (p position) before(q position) bool {
	return cmp.Or(cmp.Compare(p.segment, q.segment), cmp.Compare(p.offset, q.offset)) < 0
}

// MarshalJSON writes a position as [segment, offset], which versions that would take the
// whole segment for cut do not read.
func (p position) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]int64{int64(p.segment), p.offset})
}

// UnmarshalJSON also reads what these versions wrote: the number of the last segment
// that was cut.
func (p *position) UnmarshalJSON(data []byte) error {
	var pair [2]int64
	if err := json.Unmarshal(data, &pair); err == nil {
		p.segment, p.offset = int(pair[0]), pair[1]
		return nil
	}
	var n int
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	if n > 0 {
		n++
	}
	*p = position{segment: n}
	return nil
}
