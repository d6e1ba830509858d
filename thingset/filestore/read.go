package filestore

import (
	"context"
	"iter"
	"math"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Get implements thingset.Store.
func (s *Store) Get(ctx context.Context, dom, name, id string) (thingset.Record, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	c := t.recs[id]
	r.mu.RUnlock()
	return r.live(c, name, id)
}

// Find implements thingset.Store.
func (s *Store) Find(ctx context.Context, dom, name string, key int, values ...string) (thingset.Record, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	joined := thingset.JoinValues(values)
	var c *rec
	if key >= 0 && key < len(t.unique) && len(values) == len(t.def.Unique[key]) {
		c = t.unique[key][joined]
	}
	r.mu.RUnlock()
	return r.live(c, name, "")
}

// live gives a record unless it is absent or has expired.
func (r *room) live(c *rec, set, id string) (thingset.Record, error) {
	if c == nil || c.dead(r.now()) {
		return thingset.Record{}, thingset.NoThing(set, id)
	}
	return c.record(), nil
}

// Count implements thingset.Store.
func (s *Store) Count(ctx context.Context, dom, name string) (int, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return 0, err
	}
	defer r.mu.RUnlock()
	now := r.now()
	return len(t.recs) - len(t.expired(now, math.MaxInt)), nil
}

// Scan implements thingset.Store. It walks a copy of the index, which shares
// what does not change with the original.
func (s *Store) Scan(ctx context.Context, dom, name string, g thingset.Range) iter.Seq2[thingset.Record, error] {
	return func(yield func(thingset.Record, error) bool) {
		r, t, err := s.reading(ctx, dom, name)
		if err != nil {
			yield(thingset.Record{}, err)
			return
		}
		if g.Index == "" {
			g.Index = "id"
		}
		x := t.indexOf(g.Index)
		r.mu.RUnlock()
		if x == nil {
			yield(thingset.Record{}, domain.E("e.thing.match", name, "keeps no order of", g.Index))
			return
		}
		r.mu.Lock() // copying marks the tree
		tree := x.tree.Copy()
		r.mu.Unlock()
		w := walk{ctx: ctx, r: r, g: g, yield: yield}
		if g.Desc {
			w.down(tree)
		} else {
			w.up(tree)
		}
	}
}
