package journal

import (
	"errors"
	"io/fs"
	"slices"
	"sort"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// index is what is known of a segment that was read for the feed: that it is whole up
// to an offset, or not, and places from which one can read on. The journal's lock guards it.
type index struct {
	at    mark // up to where it was read
	marks []mark
	bad   error // what is in it, and before it, is out of the feed
}

// mark is a place in a segment between two groups.
type mark struct {
	rev thingset.Rev // of the last commit before
	off int64
}

// markEvery is how far marks are apart, in bytes.
const markEvery = 64 << 10

// check reads a part through, from where somebody has read it before, and reports
// what is wrong with it.
func (j *Journal) check(p *part) error {
	j.mu.Lock()
	x := *p.index
	j.mu.Unlock()
	if x.bad != nil || x.at.off >= p.size {
		return x.bad
	}
	x.marks = slices.Clip(x.marks)
	err := x.extend(j.d, p)
	fault, damage := errors.AsType[*Fault](err)
	if damage || errors.Is(err, errGap) || errors.Is(err, fs.ErrNotExist) {
		x.bad = err
	} else if err != nil {
		return err // it can be read another time
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.index.bad != nil || x.bad == nil && p.index.at.off >= x.at.off {
		return x.bad // somebody else has read it too
	}
	if *p.index = x; damage {
		j.tell(fault)
	}
	return x.bad
}

func (j *Journal) tell(f *Fault) {
	if j.keep.Fault != nil {
		j.keep.Fault(f)
	}
}

// extend reads a part from where the index ends.
func (x *index) extend(d *disk.Disk, p *part) error {
	r, err := openFrames(d, p.n, p.size)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.begin(p, x.at); err != nil {
		return err
	}
	for r.off < p.size {
		if _, err := r.group(); err != nil {
			return err
		}
		if x.at = (mark{r.rev, r.off}); x.at.off-x.last() >= markEvery {
			x.marks = append(x.marks, x.at)
		}
	}
	if r.rev != p.end {
		return errGap
	}
	return nil
}

func (x *index) last() int64 {
	if n := len(x.marks); n > 0 {
		return x.marks[n-1].off
	}
	return 0
}

// before is the last mark up to a revision.
func (x *index) before(rev thingset.Rev) (m mark) {
	if i := sort.Search(len(x.marks), func(i int) bool { return x.marks[i].rev > rev }); i > 0 {
		m = x.marks[i-1]
	}
	return m
}

// begin goes to a mark, or behind the header of a part.
func (r *frames) begin(p *part, m mark) error {
	if m.off > 0 {
		r.rev, r.off = m.rev, m.off
		return nil
	}
	h, err := r.header()
	if err == nil && h.rev != p.base {
		err = errGap
	}
	return err
}
