package rows

import (
	"bytes"

	"github.com/caryahq/carya/thingset"
)

// Snap is a snapshot of an order, and a walk over it within bounds. Its methods
// look at the table: they are called under the lock that guards it.
type Snap struct {
	o    *order // for comparing only
	list []leafRef
	n    int // of rows

	from, to spot // the walk goes over [from,to)
	desc     bool
}

// spot is a place between two rows.
type spot struct{ leaf, at int }

// snap marks what there is as shared; it may be called by many readers at once.
func (o *order) snap() Snap {
	o.shared.Store(true)
	return Snap{o: o, list: o.leaves, n: o.n}
}

// Walk takes a snapshot of an order and begins a walk; ok is false when the
// table keeps no such order.
func (t *Table) Walk(g thingset.Range) (s Snap, ok bool) {
	o := t.order(g.Index)
	if o == nil {
		return Snap{}, false
	}
	s = o.snap()
	s.desc = g.Desc
	s.to = spot{len(s.list), 0}
	if g.From != nil {
		s.from = s.lower(g.From)
	}
	if g.To != nil {
		s.to = s.lower(g.To)
	}
	return s, true
}

// lower is the spot before the first row whose sort key is not below a bound.
func (s *Snap) lower(bound []byte) spot {
	lo, hi := 0, len(s.list) // leaves before lo begin below, those from hi on do not
	for lo < hi {
		mid := (lo + hi) / 2
		if s.below(s.list[mid].first, s.list[mid].rows[0], bound) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return spot{}
	}
	l := s.list[lo-1]
	from, to := 0, len(l.rows)
	for from < to {
		mid := (from + to) / 2
		if s.below(l.heads[mid], l.rows[mid], bound) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return spot{lo - 1, from}
}

// below reports whether a row's sort key is below a bound.
func (s *Snap) below(h uint64, r Row, bound []byte) bool {
	if b := headOf(bound); h != b {
		return h < b
	}
	var buf [160]byte
	return bytes.Compare(s.o.place(buf[:0], r).key, bound) < 0
}

// Next appends up to n rows of the walk; none when it is over.
func (s *Snap) Next(dst []Row, n int) []Row {
	for len(dst) < n {
		r := s.step()
		if r == 0 {
			break
		}
		dst = append(dst, r)
	}
	return dst
}

func (s *Snap) step() Row {
	if s.desc {
		return s.stepBack()
	}
	for s.from.leaf < len(s.list) && s.from.at >= len(s.list[s.from.leaf].rows) {
		s.from = spot{s.from.leaf + 1, 0}
	}
	if s.from.leaf > s.to.leaf || s.from.leaf == s.to.leaf && s.from.at >= s.to.at {
		return 0
	}
	s.from.at++
	return s.list[s.from.leaf].rows[s.from.at-1]
}

func (s *Snap) stepBack() Row {
	for s.to.at == 0 {
		if s.to.leaf == 0 {
			return 0
		}
		s.to.leaf--
		s.to.at = len(s.list[s.to.leaf].rows)
	}
	if s.to.leaf < s.from.leaf || s.to.leaf == s.from.leaf && s.to.at <= s.from.at {
		return 0
	}
	s.to.at--
	return s.list[s.to.leaf].rows[s.to.at]
}
