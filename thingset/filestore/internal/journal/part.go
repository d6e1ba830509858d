package journal

import (
	"errors"
	"io/fs"
	"slices"
	"sort"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// part is a file that holds commits, kept or not cut yet.
type part struct {
	n         int
	name      string
	base, end thingset.Rev // it holds the commits after base up to end
	size      int64
	from      mark // where to begin
	piece     *piece
	state     pieceState
}

// part is the one that holds the commit after a revision; all commits from there
// up to another are there and whole, else it is e.store.feed.
func (j *Journal) part(after, until thingset.Rev) (part, error) {
	for {
		list, err := j.parts()
		if domain.CodeOf(err) == "e.store.closed" {
			return part{}, err
		}
		if err != nil {
			return part{}, domain.Wrap(err, "e.store.feed", after)
		}
		chain := reach(list, after, until)
		if len(chain) == 0 {
			return part{}, domain.E("e.store.feed", after)
		}
		unread := false
		for _, p := range chain {
			if p.piece != nil && p.state == unreadPiece {
				j.tail.check(p.piece)
				unread = true
			}
		}
		if !unread {
			return chain[0].begin(after), nil
		}
	}
}

// parts are all of them, in order.
func (j *Journal) parts() (list []part, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, domain.E("e.store.closed")
	}
	t := &j.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(j.state, j.liveBase()); err != nil {
		return nil, err
	}
	for _, p := range t.list {
		list = append(list, part{n: p.last, name: p.name, base: p.base, end: p.end, size: p.size, piece: p, state: p.state})
	}
	for _, s := range j.segs {
		if s.base < s.rev {
			list = append(list, part{n: s.N, name: SegmentFile(s.N), base: s.base, end: s.rev, size: s.size})
		}
	}
	return list, nil
}

// reach are the parts that hold all commits after a revision up to another,
// none when some are missing.
func reach(list []part, after, until thingset.Rev) []part {
	to := sort.Search(len(list), func(i int) bool { return list[i].end >= until })
	if to == len(list) {
		return nil
	}
	for from := to; from >= 0; from-- {
		p := list[from]
		if p.state == spoilt || from < to && p.end != list[from+1].base {
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
	rev := list[len(list)-1].end
	for _, p := range slices.Backward(list) {
		if p.state == spoilt || p.end != rev {
			break
		}
		rev = p.base
	}
	return rev
}

// begin is the part with the place from which to read.
func (p part) begin(after thingset.Rev) part {
	if p.piece != nil {
		m := p.piece.marks
		if i := sort.Search(len(m), func(i int) bool { return m[i].rev > after }); i > 0 {
			p.from = m[i-1]
		}
	}
	return p
}

// check reads a piece through, once, and tells of damage.
func (t *tail) check(p *piece) {
	marks, err := p.check(t.d)
	if errors.Is(err, fs.ErrNotExist) {
		t.relist(p)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.state != unreadPiece {
		return // somebody else has read it too
	}
	if p.state, p.marks = whole, marks; err != nil {
		p.state = spoilt
	}
	p.bad, _ = errors.AsType[*Fault](err)
	t.tell(p.bad)
}

// relist has what is there listed anew: a piece, if it is one, has gone.
func (t *tail) relist(p *piece) {
	if p == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
}
