package filestore

import (
	"context"
	"reflect"
	"runtime/debug"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Define implements thingset.Store: it loads a set, or makes its keys anew when
// its definition has changed.
func (s *Store) Define(ctx context.Context, dom, name string, def thingset.Def) error {
	if ctx.Err() != nil {
		return thingset.Canceled(ctx)
	}
	for {
		r, err := s.room(dom)
		if err != nil {
			return err
		}
		r.mu.RLock()
		t := r.sets[name]
		same := t != nil && t.served && reflect.DeepEqual(t.def, def)
		r.mu.RUnlock()
		if same {
			return nil
		}
		if err = r.define(name, def); !r.left(err) {
			return err
		}
	}
}

func (r *room) define(name string, def thingset.Def) error {
	r.defining.Lock()
	defer r.defining.Unlock()
	err := r.defineLocked(name, def)
	if err == nil {
		r.s.defs.keep(r.dom, name, def)
	}
	return err
}

func (r *room) defineLocked(name string, def thingset.Def) error {
	if r.leaving.Load() {
		return domain.E("e.store.closed")
	}
	if err := r.awaitMove(name); err != nil {
		return err
	}
	r.mu.RLock()
	t := r.sets[name]
	r.mu.RUnlock()
	if b := r.isBarred(name); b != nil {
		var err error
		if t, err = r.admit(name, b); err != nil {
			return err
		}
	}
	if t == nil {
		return r.defineNew(name, def)
	}
	if err := r.redefine(t, def); err != nil {
		return err
	}
	return r.serve(t)
}

// defineNew loads a set that the journal does not write to.
func (r *room) defineNew(name string, def thingset.Def) error {
	if r.crowded() {
		return errSets
	}
	l, err := r.beginLoad(name, def, false)
	if err == nil {
		err = l.takeStrays()
	}
	if err != nil {
		r.unload(l)
		return err
	}
	l.end()
	r.reach(l.last)
	r.mu.Lock()
	r.sets[name] = l.t
	r.mu.Unlock()
	if err := r.serve(l.t); err != nil {
		return err
	}
	if l.t.rows.Len() > manyRows {
		go debug.FreeOSMemory() // reading so much took far more than is kept
	}
	return nil
}

// errSets refuses one more set of a domain. It comes before anything of the set is read.
var errSets = domain.E("e.busy", domain.Text{ZH: "一个域同时使用的数据集过多", EN: "too many sets of one domain are in use"})

// crowded reports whether the domain has as many sets in use as it may.
func (r *room) crowded() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.s.o.Sets > 0 && len(r.sets) >= r.s.o.Sets
}

// reach has revisions go on behind one that packs tell of. The journal knows a later
// one, unless its state was lost.
func (r *room) reach(rev thingset.Rev) {
	r.mu.RLock()
	known := rev <= r.rev
	r.mu.RUnlock()
	if known {
		return
	}
	r.commits.Lock()
	defer r.commits.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if rev > r.rev {
		r.rev = rev
		r.journal.Reached(rev)
		r.feed.reached(rev)
	}
}

// manyRows is how many rows of a set are worth giving memory back after it was
// loaded.
const manyRows = 20_000

// unload lets go of what a set has opened.
func (r *room) unload(l *load) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range l.packs {
		p.Seal()
		r.files.drop(p.Tag)
	}
}

// serve looks at what people did to a set's files, and lets readers in.
func (r *room) serve(t *set) error {
	r.edits.begin(t)
	r.edits.flush()
	r.mu.Lock()
	t.served = true
	_, expires := t.rows.NextExpiry()
	work := expires || len(t.dirty) > 0 || t.stale > 0
	r.mu.Unlock()
	if work {
		r.worker.wake(r.s.o.Settle)
	}
	return nil
}

// redefine changes the definition of a set in memory. Nothing is written
// meanwhile.
func (r *room) redefine(t *set, def thingset.Def) error {
	if reflect.DeepEqual(t.def, def) {
		return nil
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	r.commits.Lock()
	defer r.commits.Unlock()
	if rows.Same(t.def, def) {
		r.mu.Lock()
		defer r.mu.Unlock()
		t.redefine(def)
		r.worker.wake(r.s.o.Settle)
		return nil
	}
	next, err := r.rekey(t, def)
	if err != nil {
		return err
	}
	if err := next.end(r, t.served); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rekeyed(t, def, next)
	r.worker.wake(r.s.o.Settle)
	return nil
}
