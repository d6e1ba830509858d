package filestore

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// tellOwn writes down what the own files of records are that wait to be settled, or
// that a large set could not take away yet, before packs go that are perhaps the only
// ones to tell of them: after a kill such a file would be taken for a person's edit.
// The caller holds busy.
func (r *room) tellOwn(t *set) error {
	if !slices.ContainsFunc(t.dying, func(p *stray) bool { return !p.told }) {
		return nil
	}
	if list := r.untoldOwn(t); len(list) > 0 {
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

// untoldOwn are the states of own files, by id, that the entries of their records do not
// tell.
func (r *room) untoldOwn(t *set) map[string]rows.Stamp {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := map[string]rows.Stamp{}
	if !t.small {
		for row, s := range t.rows.Stamped() {
			list[string(t.rows.ID(row))] = s
		}
	}
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
