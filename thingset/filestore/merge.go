package filestore

import (
	"cmp"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Merging gives back what dead records take: the living of a pack are appended
// to the last one, a few megabytes at a time, and then the pack goes. It can stop
// at any point: until the pack goes its records are there twice, and are the
// same.

// A set is merged when the dead take more than a share of the living, and more
// than a little.
const (
	deadShare = 4 // one in four
	deadMin   = 256 << 10
)

// merge is a pack whose records are being moved.
type merge struct {
	p    *pack.Pack
	ids  []string  // of its records, in order; some may be dead
	gone []leaving // of records that are in an older pack, perhaps
}

// mergeStep does one step of merging; more says that there is another. A set that
// cannot be merged does not keep the others from it. Strays that wait to be taken in do not
// stop it. In a set that holds it would be for nothing: no checkpoint lists what was merged. That
// lasts until all is settled, also when a record of it cannot be read.
func (r *room) mergeStep() (more bool, err error) {
	for _, t := range r.loaded() {
		if t.holds || t.afloat.failed || t.unmerged.waits() {
			continue
		}
		more, failed := r.mergeSet(t)
		r.tellUnmerged(t, failed)
		switch {
		case failed != nil:
			err = cmp.Or(err, failed)
		case more:
			return true, nil
		}
	}
	return false, err
}

// mergeSet does one step of merging a set.
func (r *room) mergeSet(t *set) (more bool, err error) {
	if t.merging == nil {
		p := r.victim(t)
		if p == nil {
			return false, nil
		}
		if t.merging, err = r.beginMerge(t, p); err != nil {
			return false, err
		}
	}
	if err := r.disk.Begin(); err != nil {
		return false, err
	}
	return true, r.moveSome(t)
}

// victim picks the pack with the most dead, when the set is worth merging.
func (r *room) victim(t *set) *pack.Pack {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var living, dead int64
	var worst *pack.Pack
	for _, p := range t.packs {
		if p.N <= t.stale {
			return p // its keys are no good any more
		}
		living += p.Live
		dead += p.Dead()
		if worst == nil || p.Dead() > worst.Dead() {
			worst = p
		}
	}
	if dead < r.s.deadMin || dead < living/deadShare {
		return nil
	}
	return worst
}

// beginMerge reads what a pack holds.
func (r *room) beginMerge(t *set, p *pack.Pack) (*merge, error) {
	m := &merge{p: p}
	oldest := t.packs[0] == p
	err := p.Entries(func(e pack.Entry) error {
		switch e.Kind {
		case pack.Put, pack.PutOwn:
			if k, ok := rows.IDOf(e.Keys); ok {
				m.ids = append(m.ids, string(k))
			}
		case pack.Gone:
			if !oldest {
				m.gone = append(m.gone, leaving{string(e.ID), departure{rev: e.Rev}})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.packs[len(t.packs)-1] == p {
		t.afloat.sealed = true
	}
	slices.Sort(m.ids)
	m.ids = slices.Compact(m.ids)
	return m, nil
}

// moveSome moves some of a pack's living, or ends the merge.
func (r *room) moveSome(t *set) error {
	m := t.merging
	s := &step{r: r, t: t}
	defer s.release()
	left := r.pick(t, s)
	if len(s.puts) == 0 && len(left) == 0 {
		return r.endMerge(t)
	}
	for _, one := range s.puts {
		rec, err := one.record()
		if err != nil {
			return err
		}
		one.line = rec.Body
	}
	p, err := r.lastPack(t)
	if err != nil {
		return err
	}
	b := p.Batch(len(s.puts), s.size)
	for _, one := range s.puts {
		one.place = b.Put(one.rev, one.line, one.keys, one.own)
		one.place.File = p.Tag
	}
	if err := p.Write(b, t.code, true); err != nil {
		t.afloat.failed = t.afloat.failed || p.Lost()
		return domain.Wrap(err, "e.store.write", p.DataFile())
	}
	r.moved(s)
	m.ids = left
	return nil
}

// pick takes the next living records of the pack into a step, and gives the ids
// that are left.
func (r *room) pick(t *set, s *step) (left []string) {
	m := t.merging
	r.mu.RLock()
	defer r.mu.RUnlock()
	for left = m.ids; len(left) > 0 && s.size < stepBytes && len(s.puts) < r.s.stepRows; {
		id := left[0]
		left = left[1:]
		row := t.rows.Find(id)
		if row == 0 || t.rows.Place(row).File != m.p.Tag {
			continue
		}
		if _, dirty := t.dirty[row]; dirty {
			continue // it goes to the last pack anyway
		}
		l := look{id: id, rev: t.rows.Rev(row), row: row, place: t.rows.Place(row), file: r.files.hold(m.p.Tag)}
		s.puts = append(s.puts, &settling{look: l, keys: slices.Clone(t.rows.Keys(row)), own: t.rows.Stamp(row)})
		s.size += int(l.place.Size)
	}
	return left
}

// moved tells memory where the records of a step are now.
func (r *room) moved(s *step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range s.puts {
		s.t.afloat.note(one.row, one.rev, one.id)
		if s.t.rows.Rev(one.row) == one.rev && s.t.rows.Find(one.id) == one.row && s.t.rows.Place(one.row) == one.look.place {
			r.count(s.t, one.row, -1)
			s.t.rows.Move(one.row, one.place)
			r.count(s.t, one.row, 1)
		}
	}
}

// endMerge carries over what the pack says of records that are gone, and lets
// go of it. Its files go with the next checkpoint.
func (r *room) endMerge(t *set) error {
	m := t.merging
	if err := r.carryGone(t); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for row := range t.dirty {
		if t.rows.Place(row).File == m.p.Tag {
			return nil // after a refused write it is read from there once more
		}
	}
	if m.p.Live > 0 {
		t.merging = nil // something lives in it still: once more
		return nil
	}
	t.packs = slices.DeleteFunc(t.packs, func(p *pack.Pack) bool { return p == m.p })
	t.dying = append(t.dying, &stray{Pack: m.p})
	t.merging = nil
	return nil
}

func (r *room) carryGone(t *set) error {
	r.mu.RLock()
	list := slices.DeleteFunc(t.merging.gone, func(one leaving) bool { return t.rows.Find(one.id) != 0 })
	r.mu.RUnlock()
	t.merging.gone = nil
	if len(list) == 0 {
		return nil
	}
	p, err := r.lastPack(t)
	if err != nil {
		return err
	}
	b := p.Batch(0, 0)
	for _, one := range list {
		b.Gone(max(one.rev, thingset.Rev(1)), one.id)
	}
	if err := p.Write(b, t.code, false); err != nil {
		t.merging.gone = list
		return domain.Wrap(err, "e.store.write", p.KeyFile())
	}
	for _, one := range list {
		t.afloat.left(one.id, one.rev)
	}
	return nil
}

// bury removes the packs that were merged, and strays: what they held is durable
// elsewhere, and the journal's state says so.
func (r *room) bury(list []*set) error {
	for _, t := range list {
		for len(t.dying) > 0 {
			p := t.dying[0]
			if err := r.buryOne(t, p); err != nil {
				return domain.Wrap(err, "e.store.write", p.DataFile())
			}
			t.dying = t.dying[1:]
			t.buried = append(t.buried, p.N)
			t.afloat.names = true
			r.mu.Lock()
			r.retireFile(p.Tag)
			r.mu.Unlock()
		}
	}
	return nil
}

func (r *room) buryOne(t *set, p *stray) error {
	if !p.keep {
		return p.Remove()
	}
	was := p.DataFile()
	kept, err := p.SetAside()
	if err == nil {
		err = r.disk.SyncDir(t.dir) // no checkpoint may come
	}
	if err == nil && len(kept) > 0 {
		r.fault(Fault{File: was, Offset: -1, Msg: domain.Textf("其中有些版本已被取代，原文件另存为 ~/%s", "the set has other versions of some of its records; it is kept as ~/%s", kept[len(kept)-1])})
	}
	return err
}
