package filestore

import (
	"cmp"
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// Settling writes records to where they stay: to the end of the set's last
// pack, and in small sets to a file of their own. It goes over what is dirty in
// steps; a record that changes meanwhile is dirty again, and is left to the next
// time: settling ends however fast others write.
//
// The steps of a step, so that a kill at any point can be told from an edit by
// a person: own files are written under a temporary name, the pack's entries say
// what state they will have, and then they get their names.

// A step takes up to stepRows records and about stepBytes of bodies.
const (
	stepRows  = 4096
	stepBytes = 4 << 20
)

// settle settles all sets, and gives the first error. One that cannot be settled
// does not keep the others from it; the journal has its records. The caller holds busy.
func (r *room) settle() error {
	if err := r.journal.Confirm(); err != nil {
		return err
	}
	var first error
	for _, t := range r.loaded() {
		if t.stuck.waits() {
			continue
		}
		err := r.settleSet(t)
		if err != nil {
			err = domain.Wrap(err, "e.store.write", t.name)
			first = cmp.Or(first, err)
		}
		r.tellStuck(t, err)
	}
	return first
}

// loaded are the sets in memory, by name.
func (r *room) loaded() []*set {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := slices.Collect(maps.Values(r.sets))
	slices.SortFunc(list, func(a, b *set) int { return cmp.Compare(a.name, b.name) })
	return list
}

func (r *room) settleSet(t *set) error {
	if !t.begun || t.older != nil {
		return nil // first it is told what a crash has left from what people did
	}
	if err := r.clear(t); err != nil {
		return err
	}
	if err := r.retreat(t); err != nil {
		return err
	}
	r.rescue(t)
	r.mu.RLock()
	until := r.rev
	r.mu.RUnlock()
	for {
		if err := r.resize(t); err != nil {
			return err
		}
		s := r.takeStep(t, until)
		if len(s.puts) == 0 && len(s.gone) == 0 && len(t.moved) == 0 {
			if len(t.away) > 0 {
				return nil // they are flushed when their files were looked at
			}
			r.spent(t)
			t.holds, t.shown = false, t.small
			return r.clearOwn(t)
		}
		err := s.run()
		s.release()
		if err == nil && len(s.puts)+len(s.gone) == 0 {
			err = s.unread // there are no others
		}
		if err != nil {
			return err
		}
	}
}

// clear removes what a crash has left of packs.
func (r *room) clear(t *set) error {
	for len(t.empty) > 0 {
		empty, err := pack.Empty(r.disk, t.dir, t.empty[0].N)
		if err == nil && empty {
			t.afloat.names = true
			err = pack.Forget(r.disk, t.dir, t.empty[0].N)
		}
		if err != nil && !missing(err) {
			return err
		}
		t.empty = t.empty[1:]
	}
	if len(t.junk) > 0 && r.needed(t) {
		return nil
	}
	for len(t.junk) > 0 {
		if err := pack.Forget(r.disk, t.dir, t.junk[0]); err != nil {
			return err
		}
		t.junk, t.buried, t.afloat.names = t.junk[1:], append(t.buried, t.junk[0]), true
	}
	return nil
}

// needed reports whether what does not count may have to: files of packs that the journal's
// state lists were removed, and what they held is not durable elsewhere yet.
func (r *room) needed(t *set) bool {
	return t.holds || len(t.strays)+len(t.dying) > 0 || r.detached(t)
}
