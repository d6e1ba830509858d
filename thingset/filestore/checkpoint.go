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
	if err := r.clearTmp(); err != nil {
		return domain.Wrap(err, "e.store.write", tmpDir) // the journal tells whose they are
	}
	list := r.certain()
	rev := r.settledRev(nil)
	if err := r.sync(list); err != nil {
		r.distrust()
		return domain.Wrap(err, "e.store.write", domain.Text{ZH: "同步", EN: "sync"})
	}
	marks := journal.Marks{}
	for _, t := range list {
		t.safe()
		if m, ok := t.mark(); ok {
			marks[t.name] = m
		}
	}
	rev, before, err := r.carryStuck(rev)
	if err != nil {
		return err
	}
	if err := r.journal.Cut(rev, before, marks, r.cut); err != nil {
		return err
	}
	return r.bury(list)
}

// certain are the sets whose files are as memory has them once they are synced. What
// is not durable of the others bounds what is cut.
func (r *room) certain() []*set {
	return slices.DeleteFunc(r.loaded(), func(t *set) bool {
		err := r.retreat(t)
		if err == nil && !t.holds && (t.unsynced() || len(t.dying) > 0) && r.detached(t) {
			r.abandon(t)
		}
		if err == nil && !t.holds {
			err = r.tellOwn(t)
			t.holds = err != nil
		}
		if err != nil {
			r.tellStuck(t, err)
		}
		return t.holds
	})
}

// distrust notes that a sync has failed: nobody knows what has not reached the disk.
func (r *room) distrust() {
	for _, t := range r.loaded() {
		t.afloat.failed = t.afloat.failed || t.unsynced()
	}
}

// cut lets go of a segment.
func (r *room) cut(s *journal.Segment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Tag != 0 {
		r.retireFile(s.Tag)
	}
}

// settledRev is the revision up to which everything is settled, in files that the
// next checkpoint makes durable, but for some sets. Of these too the journal alone may
// tell that an own file is the engine's, after the entries that did were lost.
func (r *room) settledRev(but []*set) thingset.Rev {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rev := r.barredRev(r.rev)
	for _, t := range r.sets {
		if t.untold > 0 {
			rev = min(rev, t.untold-1)
		}
		if slices.Contains(but, t) {
			continue
		}
		for row := range t.dirty {
			rev = min(rev, t.rows.Rev(row)-1)
		}
		for _, d := range t.gone {
			rev = min(rev, d.rev-1)
		}
		bound := func(one settled) { rev = min(rev, one.rev-1) }
		t.adrift(bound, bound)
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
		return r.syncAll(list)
	}
	for _, t := range list {
		if err := r.syncSet(t); err != nil {
			return err
		}
	}
	return r.syncTmp()
}

// syncTmp makes durable what went from tmpDir: after a power cut the journal would
// tell no more whose it is.
func (r *room) syncTmp() error {
	if !r.tmp.names {
		return nil
	}
	err := r.disk.SyncDir(tmpDir)
	r.tmp.names = err != nil && !missing(err)
	if missing(err) {
		return nil
	}
	return err
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

// syncAll makes everything durable, the names of sets' folders too.
func (r *room) syncAll(list []*set) error {
	var there []*set
	for _, t := range list {
		if _, err := r.disk.Lstat(t.dir); err == nil {
			there = append(there, t)
		}
	}
	if err := r.disk.SyncAll(); err != nil {
		return err
	}
	for _, t := range there {
		t.rooted = true
	}
	r.tmp.names = false
	return nil
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
	err := r.syncNames(t)
	if missing(err) {
		return nil
	}
	return err
}

// syncNames makes the names in a set's folder durable, and the folder's own when it
// may not be.
func (r *room) syncNames(t *set) error {
	if t.rooted {
		return r.disk.SyncDir(t.dir)
	}
	err := r.disk.SyncUp(t.dir)
	t.rooted = err == nil
	return err
}

// unsynced reports whether a set has written what may not be on disk.
func (t *set) unsynced() bool {
	return t.afloat.any() || slices.ContainsFunc(t.packs, func(p *pack.Pack) bool { return p.Keyed() != t.marks[p.N] })
}

// safe notes that all that was written is on disk.
func (t *set) safe() {
	t.afloat.letGo()
	t.afloat = afloat{sealed: t.afloat.sealed}
	t.buried = slices.Clone(t.junk) // the state goes on naming what is still there
	t.told, t.untold = t.small && (t.told || t.shown), 0
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
