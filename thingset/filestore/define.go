package filestore

import (
	"context"
	"reflect"

	"github.com/caryahq/carya/thingset"
)

// Define implements thingset.Store: it loads a set, or builds it anew when its
// definition has changed.
func (s *Store) Define(ctx context.Context, dom, name string, def thingset.Def) error {
	if ctx.Err() != nil {
		return thingset.Canceled(ctx)
	}
	r, err := s.room(dom)
	if err != nil {
		return err
	}
	r.mu.RLock()
	t := r.sets[name]
	same := t != nil && reflect.DeepEqual(t.def, def)
	r.mu.RUnlock()
	if same {
		return nil
	}
	return r.define(name, def)
}

func (r *room) define(name string, def thingset.Def) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.sets[name]
	if old != nil && reflect.DeepEqual(old.def, def) {
		return nil
	}
	t := newSet(name, def)
	if old == nil {
		if err := r.load(t); err != nil {
			return err
		}
	} else if err := t.rebuild(old, r.now()); err != nil {
		return err
	}
	r.sets[name] = t
	if t.expiry.Len() > 0 {
		r.settling.wake()
	}
	return nil
}

// rebuild takes over the records of the set as it was defined before: a new
// unique key that they break is an error.
func (t *set) rebuild(old *set, now int64) error {
	for _, c := range old.recs {
		for k, names := range t.def.Unique {
			v, ok := thingset.UniqueValues(t.def, k, c.body)
			if !ok || c.dead(now) {
				continue
			}
			if h := t.unique[k][thingset.JoinValues(v)]; h != nil && !h.dead(now) {
				return thingset.Duplicated(names)
			}
		}
		t.put(c)
	}
	return nil
}
