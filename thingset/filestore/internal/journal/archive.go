package journal

import (
	"errors"
	"io/fs"
	"slices"
	"sort"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// part is a segment as the feed reads it: it holds the commits after base up to end.
type part struct {
	n         int
	base, end thingset.Rev
	size      int64 // how much of it counts
	index     *index
}

func (s *Segment) part() *part { return &part{s.N, s.base, s.rev, s.size, &s.index} }

// parts are all of them, in order.
func (j *Journal) parts() ([]*part, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, domain.E("e.store.closed")
	}
	if err := j.list(); err != nil {
		return nil, err
	}
	all := slices.Clone(j.archive)
	for _, s := range j.segs {
		if s.base < s.rev {
			all = append(all, s.part())
		}
	}
	return all, nil
}

// list lists the segments that were cut, once: those to which the headers lead from
// the first one that was not.
func (j *Journal) list() error {
	if j.listed || len(j.segs) == 0 {
		return nil
	}
	var list []*part
	for next := j.segs[0].head; next.before > 0; {
		p := &part{n: next.before, base: next.rev, end: next.rev, size: next.size, index: &index{}}
		h, err := j.head(p)
		if fault, bad := errors.AsType[*Fault](err); bad {
			j.tell(fault)
			break
		}
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		if p.base = h.rev; p.base < p.end {
			list = append(list, p)
		}
		if next = h; next.before >= p.n {
			break // it makes no sense
		}
	}
	slices.Reverse(list)
	j.archive, j.listed = list, true
	return nil
}

func (j *Journal) head(p *part) (header, error) {
	r, err := openFrames(j.d, p.n, p.size)
	if err != nil {
		return header{}, err
	}
	defer r.Close()
	return r.header()
}

// part is the one that holds the commit after a revision; all commits from there
// up to another are there and whole, else it is e.store.feed.
func (j *Journal) part(after, until thingset.Rev) (*part, error) {
	list, err := j.parts()
	if err != nil {
		return nil, err
	}
	run := reach(list, after, until)
	if len(run) == 0 {
		return nil, domain.E("e.store.feed", after)
	}
	for _, p := range slices.Backward(run) {
		if err := j.check(p); err != nil {
			return nil, err
		}
	}
	return run[0], nil
}

// reach are the parts that hold all commits after a revision up to another,
// none when some are missing.
func reach(list []*part, after, until thingset.Rev) []*part {
	to := sort.Search(len(list), func(i int) bool { return list[i].end >= until })
	if to == len(list) {
		return nil
	}
	for from := to; from >= 0; from-- {
		p := list[from]
		if from < to && p.end != list[from+1].base {
			return nil
		}
		if p.base <= after {
			return list[from : to+1]
		}
	}
	return nil
}

// Reach is the revision behind which the feed is there, as far as one can tell
// without reading all of it.
func (j *Journal) Reach() thingset.Rev {
	list, err := j.parts()
	if err != nil || len(list) == 0 {
		return j.Rev()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	rev := list[len(list)-1].end
	for _, p := range slices.Backward(list) {
		if p.index.bad != nil || p.end != rev {
			break
		}
		rev = p.base
	}
	return rev
}
