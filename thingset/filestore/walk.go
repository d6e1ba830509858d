package filestore

import (
	"context"

	"github.com/tidwall/btree"

	"github.com/caryahq/carya/thingset"
)

// walk is one Scan under way.
type walk struct {
	ctx   context.Context
	r     *room
	g     thingset.Range
	n     int
	yield func(thingset.Record, error) bool
}

// up walks from From to To.
func (w *walk) up(tree *btree.Map[string, *rec]) {
	visit := func(key string, c *rec) bool {
		if w.g.To != nil && key >= string(w.g.To) {
			return false
		}
		return w.visit(c)
	}
	if w.g.From == nil {
		tree.Scan(visit)
		return
	}
	tree.Ascend(string(w.g.From), visit)
}

// down walks from To to From.
func (w *walk) down(tree *btree.Map[string, *rec]) {
	visit := func(key string, c *rec) bool {
		switch {
		case w.g.To != nil && key >= string(w.g.To):
			return true // the bound itself is outside
		case w.g.From != nil && key < string(w.g.From):
			return false
		}
		return w.visit(c)
	}
	if w.g.To == nil {
		tree.Reverse(visit)
		return
	}
	tree.Descend(string(w.g.To), visit)
}

// visit hands a live record out; now and then it looks whether anybody still
// waits.
func (w *walk) visit(c *rec) bool {
	if w.n++; w.n%1024 == 0 && w.ctx.Err() != nil {
		w.yield(thingset.Record{}, thingset.Canceled(w.ctx))
		return false
	}
	if c.dead(w.r.now()) {
		return true
	}
	return w.yield(c.record(), nil)
}
