package memstore

import (
	"context"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// write is a Write with its set.
type write struct {
	thingset.Write
	set *set
}

// Commit does all writes or none.
func (s *Store) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	writes, err := r.check(batch)
	if err != nil {
		return 0, err
	}
	if err := r.claim(writes); err != nil {
		return 0, err
	}
	r.apply(writes)
	r.expire()
	return r.rev, nil
}

// check holds a batch against what is there and leaves out deletes of nothing.
func (r *room) check(batch []thingset.Write) ([]write, error) {
	if err := wellFormed(batch); err != nil {
		return nil, err
	}
	var out []write
	for _, w := range batch {
		t := r.defined(w.Set)
		if t == nil {
			return nil, thingset.NoSet(w.Set)
		}
		old, ok := t.records[w.ID]
		if w.If == thingset.Absent && ok || w.If != 0 && w.If != thingset.Absent && w.If != old.Rev {
			return nil, domain.E("e.thing.rev", w.Set, w.ID)
		}
		if ok || w.Body != nil {
			out = append(out, write{w, t})
		}
	}
	return out, nil
}

func wellFormed(batch []thingset.Write) error {
	seen := make(map[[2]string]bool, len(batch))
	for _, w := range batch {
		if err := thingset.CheckID(w.ID); err != nil {
			return err
		}
		at := [2]string{w.Set, w.ID}
		if seen[at] {
			return domain.E("e.thing.id", domain.Textf("%v 在一批中出现两次", "%v stands twice in a batch", w.ID))
		}
		seen[at] = true
		if err := thingset.CheckBody(w.ID, w.Body); err != nil {
			return err
		}
	}
	return nil
}

// claim tries the unique keys: what the batch replaces is taken away, what it
// puts is added; then all is as before.
func (r *room) claim(batch []write) error {
	var old []write
	for _, w := range batch {
		if rec, ok := w.set.records[w.ID]; ok {
			old = append(old, write{thingset.Write{ID: w.ID, Body: rec.Body, If: rec.Rev}, w.set})
			w.set.remove(w.ID)
		}
	}
	defer func() {
		for _, w := range batch {
			w.set.remove(w.ID)
		}
		for _, w := range old {
			w.set.put(thingset.Record{ID: w.ID, Rev: w.If, Body: w.Body})
		}
	}()
	for _, w := range batch {
		if w.Body == nil {
			continue
		}
		rec := thingset.Record{ID: w.ID, Body: w.Body}
		if key := w.set.taken(rec); key >= 0 {
			return thingset.Duplicated(w.set.def.Unique[key])
		}
		w.set.put(rec)
	}
	return nil
}

// apply does the writes of one commit; without any there is none.
func (r *room) apply(batch []write) {
	if len(batch) == 0 {
		return
	}
	r.rev++
	for _, w := range batch {
		old := w.set.records[w.ID].Body
		if at := thingset.Expi(old); at > 0 {
			r.due.Delete(due{at, w.Set, w.ID})
		}
		w.set.remove(w.ID)
		r.feed = append(r.feed, thingset.Change{Rev: r.rev, Set: w.Set, ID: w.ID, Body: w.Body, Old: old, New: old == nil})
	}
	for _, w := range batch { // unique values may have been swapped
		if w.Body != nil {
			w.set.put(thingset.Record{ID: w.ID, Rev: r.rev, Body: w.Body})
		}
		if at := thingset.Expi(w.Body); at > 0 {
			r.due.Set(due{at, w.Set, w.ID})
		}
	}
	r.trim()
	close(r.changed)
	r.changed = make(chan struct{})
}

// trim cuts whole commits off the feed when it is twice as long as it has to be.
func (r *room) trim() {
	keep := r.store.opt.Feed
	if len(r.feed) < 2*keep {
		return
	}
	cut := len(r.feed) - keep
	for cut > 0 && r.feed[cut-1].Rev == r.feed[cut].Rev {
		cut--
	}
	r.feed = append([]thingset.Change(nil), r.feed[cut:]...)
	r.first = r.feed[0].Rev
}
