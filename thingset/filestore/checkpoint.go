package filestore

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// checkpoint makes durable what was settled, and cuts the journal behind it. The
// caller holds busy.
func (r *room) checkpoint() error {
	if err := r.journal.Confirm(); err != nil {
		return err
	}
	r.journal.Turn()
	rev := r.settledRev(nil)
	list := r.loaded()
	if err := r.sync(list); err != nil {
		for _, t := range list {
			t.afloat.failed = t.afloat.failed || t.unsynced()
		}
		return domain.Wrap(err, "e.store.write", domain.Text{ZH: "同步", EN: "sync"})
	}
	marks := journal.Marks{}
	for _, t := range list {
		t.safe()
		if m, ok := t.mark(); ok {
			marks[t.name] = m
		}
	}
	rev, before, err := r.carryStuck(rev, list)
	if err != nil {
		return err
	}
	if err := r.journal.Cut(rev, before, marks, r.cut); err != nil {
		return err
	}
	if err := r.listed(list); err != nil {
		return err
	}
	if err := r.journal.Tidy(); err != nil {
		return err
	}
	return r.bury(list)
}

// listed gives the packs that the journal's state lists by now their names.
func (r *room) listed(list []*set) error {
	for _, t := range list {
		for _, p := range t.packs {
			if err := p.Listed(); err != nil {
				return domain.Wrap(err, "e.store.write", p.DataFile())
			}
		}
	}
	return nil
}

// cut lets go of a segment.
func (r *room) cut(s *journal.Segment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Tag != 0 {
		r.retireFile(s.Tag)
	}
}

// settledRev is the revision up to which everything is settled, but for some
// sets.
func (r *room) settledRev(but []*set) thingset.Rev {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rev := r.rev
	for _, t := range r.sets {
		if slices.Contains(but, t) {
			continue
		}
		for row := range t.dirty {
			rev = min(rev, t.rows.Rev(row)-1)
		}
		for _, d := range t.gone {
			rev = min(rev, d.rev-1)
		}
	}
	return rev
}

// sync makes durable what sets have written: file by file when it is little,
// with one call for all when it is much.
func (r *room) sync(list []*set) error {
	few := 0
	for _, t := range list {
		if few += t.syncs(); t.afloat.many {
			few = fewFiles + 1
		}
	}
	if few > fewFiles {
		return r.disk.SyncAll()
	}
	for _, t := range list {
		if err := r.syncSet(t); err != nil {
			return err
		}
	}
	return nil
}

// syncs is how many calls it takes to sync a set file by file.
func (t *set) syncs() int {
	if !t.unsynced() {
		return 0
	}
	n := len(t.afloat.files) + 1
	for _, p := range t.packs {
		if p.Keyed() != t.marks[p.N] {
			n += 2
		}
	}
	return n
}

func (r *room) syncSet(t *set) error {
	if !t.unsynced() {
		return nil
	}
	for _, p := range t.packs {
		if p.Keyed() == t.marks[p.N] {
			continue
		}
		if err := p.Sync(); err != nil {
			return err
		}
	}
	for _, f := range t.afloat.files {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	if !t.afloat.names {
		return nil
	}
	sync := r.disk.SyncDir
	if !t.rooted {
		sync = r.disk.SyncUp
	}
	if err := sync(t.dir); err != nil && !missing(err) {
		return err
	}
	return nil
}

// unsynced reports whether a set has written what may not be on disk.
func (t *set) unsynced() bool {
	return t.afloat.any() || slices.ContainsFunc(t.packs, func(p *pack.Pack) bool { return p.Keyed() != t.marks[p.N] })
}

// safe notes that all that was written is on disk.
func (t *set) safe() {
	t.afloat.letGo()
	t.afloat = afloat{sealed: t.afloat.sealed}
	t.buried, t.rooted = slices.Clone(t.junk), true // the state goes on naming what is still there
	t.marks = make(map[int]int64, len(t.packs))
	for _, p := range t.packs {
		p.Synced()
		t.marks[p.N] = p.Keyed()
	}
}

// unsynced reports whether something waits for a checkpoint.
func (r *room) unsynced() bool {
	for _, t := range r.loaded() {
		if t.unsynced() || len(t.dying) > 0 {
			return true
		}
	}
	return false
}

// hurry reports whether a checkpoint should not wait: packs that were merged
// take room.
func (r *room) hurry() bool {
	for _, t := range r.loaded() {
		if len(t.dying) > 0 {
			return true
		}
	}
	return false
}
