package filestore

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// tellOwn writes down what the own files of records are that wait to be settled,
// before packs go that are perhaps the only ones to tell of them: after a kill such a
// file would be taken for a person's edit. The caller holds busy.
func (r *room) tellOwn(t *set) error {
	if !slices.ContainsFunc(t.dying, func(p *stray) bool { return !p.told }) {
		return nil
	}
	if list := r.unsettledOwn(t); len(list) > 0 {
		if err := r.disk.Begin(); err != nil {
			return err
		}
		p, err := r.lastPack(t)
		if err != nil {
			return domain.Wrap(err, "e.store.write", t.name)
		}
		b := p.Batch(0, 0)
		for id, s := range list {
			b.Own(id, s)
		}
		if err := p.Write(b, t.code, false); err != nil {
			return domain.Wrap(err, "e.store.write", p.KeyFile())
		}
	}
	for _, p := range t.dying {
		p.told = true
	}
	return nil
}

// unsettledOwn are the states of own files, by id, of records that wait to be settled.
func (r *room) unsettledOwn(t *set) map[string]rows.Stamp {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := map[string]rows.Stamp{}
	for row := range t.dirty {
		if s := t.rows.Stamp(row); s != (rows.Stamp{}) {
			list[string(t.rows.ID(row))] = s
		}
	}
	for id, d := range t.gone {
		if d.stamp != (rows.Stamp{}) {
			list[id] = d.stamp
		}
	}
	return list
}
