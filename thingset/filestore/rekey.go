package filestore

import (
	"slices"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// rekeying is a set's rows with the keys of another definition.
type rekeying struct {
	def  thingset.Def
	rows *rows.Table
	in   *rows.Loader
	now  map[rows.Row]rows.Row // by the row before
}

// rekey makes the rows of a set anew, by reading all bodies. Nobody commits to
// the set meanwhile.
func (r *room) rekey(t *set, def thingset.Def) (*rekeying, error) {
	next := &rekeying{def: def, rows: rows.NewTable(rows.NewShape(def), r.s.cache), now: map[rows.Row]rows.Row{}}
	next.in = next.rows.Load(t.rows.Len())
	for row := range t.rows.All() {
		r.mu.RLock()
		l := r.look(t.rows, row)
		r.mu.RUnlock()
		rec, err := l.record()
		if err != nil {
			return nil, err
		}
		r.mu.RLock()
		place, stamp := t.rows.Place(row), t.rows.Stamp(row)
		r.mu.RUnlock()
		to := next.in.Put(next.rows.Shape().AppendKeys(nil, rec.ID, rec.Body), rec.Rev, place)
		next.rows.SetStamp(to, stamp)
		next.now[row] = to
	}
	return next, nil
}

// end makes keys and orders; strict refuses what breaks a unique key.
func (n *rekeying) end(r *room, strict bool) (err error) {
	n.in.End(r.clock.now(), func(_, _ rows.Row, key int) {
		if strict && err == nil {
			err = thingset.Duplicated(n.def.Unique[key])
		}
	})
	return err
}

// rekeyed puts the new rows in the place of the old ones. The caller holds the
// locks of whoever may look at them.
func (r *room) rekeyed(t *set, def thingset.Def, next *rekeying) {
	dirty, current := map[rows.Row]struct{}{}, map[rows.Row]struct{}{}
	for row := range t.dirty {
		dirty[next.now[row]] = struct{}{}
	}
	for row := range t.current {
		current[next.now[row]] = struct{}{}
	}
	for i := range t.afloat.rows {
		t.afloat.rows[i].row = next.now[t.afloat.rows[i].row]
	}
	t.afloat.rows = slices.DeleteFunc(t.afloat.rows, func(one settled) bool { return one.row == 0 })
	for _, p := range t.packs {
		p.Live = 0
	}
	t.rows.Forget()
	t.rows, t.dirty, t.current = next.rows, dirty, current
	t.redefine(def)
	if last := len(t.packs) - 1; last >= 0 {
		t.stale = t.packs[last].N
		t.afloat.sealed = true
	}
	for _, row := range next.now {
		r.count(t, row, 1)
	}
}
