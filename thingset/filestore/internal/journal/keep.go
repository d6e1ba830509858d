package journal

import (
	"time"

	"github.com/caryahq/carya/thingset"
)

// take keeps segments that were cut; their files are open. Zeros ahead, and what
// was written behind and never acknowledged, goes.
func (t *tail) take(cut []*Segment) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range cut {
		if err := t.takeOne(s); err != nil {
			t.forget()
			return err
		}
	}
	return nil
}

func (t *tail) takeOne(s *Segment) error {
	if s.size > t.keep.Bytes || s.base == s.rev {
		return nil // sweep removes it
	}
	if err := s.File.Truncate(s.size); err != nil {
		return err
	}
	name := keptFile(s.N, s.N)
	if err := t.d.Rename(SegmentFile(s.N), name); err != nil {
		return err
	}
	s.File.Called(name)
	if t.loaded {
		t.list = append(t.list, &piece{name: name, first: s.N, last: s.N, base: s.base, end: s.rev, size: s.size, time: t.now()})
	}
	return nil
}

func (t *tail) now() time.Time {
	if t.keep.Now == nil {
		return time.Now()
	}
	return t.keep.Now()
}

// forget has what is there listed anew.
func (t *tail) forget() { t.list, t.loaded = nil, false }

// sweep keeps within the bounds. Left says that segments that were cut
// lie there under their old names; what counts begins behind end.
func (t *tail) sweep(left bool, st state, end thingset.Rev) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if left {
		t.forget()
	}
	err := t.load(st, end)
	if err == nil {
		err = t.trim()
	}
	if err != nil {
		t.forget()
	}
	return err
}

// trim removes what is too old, or more than is kept.
func (t *tail) trim() error {
	size, from := int64(0), len(t.list)
	for from > 0 && t.fits(t.list[from-1], size) {
		from--
		size += t.list[from].size
	}
	for _, p := range t.list[:from] {
		if err := t.d.Remove(p.name); err != nil {
			return err
		}
	}
	t.list = append([]*piece(nil), t.list[from:]...)
	return nil
}

// fits reports whether a piece is kept besides later ones of a size.
func (t *tail) fits(p *piece, size int64) bool {
	if t.keep.Bytes <= 0 || size+p.size > t.keep.Bytes {
		return false
	}
	return t.keep.Age <= 0 || t.now().Sub(p.time) <= t.keep.Age
}
