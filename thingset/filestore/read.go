package filestore

import (
	"context"
	"math"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Get implements thingset.Store.
func (s *Store) Get(ctx context.Context, dom, name, id string) (thingset.Record, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	row := r.live(t, id)
	if row == 0 {
		r.mu.RUnlock()
		return thingset.Record{}, thingset.NoThing(name, id)
	}
	return r.take(t.rows, row)
}

// Find implements thingset.Store.
func (s *Store) Find(ctx context.Context, dom, name string, key int, values ...string) (thingset.Record, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	row := rows.Row(0)
	if key >= 0 && key < len(t.def.Unique) && len(values) == len(t.def.Unique[key]) {
		row = t.rows.Holder(key, thingset.JoinValues(values))
	}
	if row == 0 || r.dead(t, row) {
		r.mu.RUnlock()
		return thingset.Record{}, thingset.NoThing(name, "by unique key")
	}
	return r.take(t.rows, row)
}

// take gives the record of a row and unlocks the room.
func (r *room) take(t *rows.Table, row rows.Row) (thingset.Record, error) {
	if b := t.Body(row); b != nil {
		rec := thingset.Record{ID: b.ID, Rev: t.Rev(row), Body: b.Data}
		r.mu.RUnlock()
		return rec, nil
	}
	l := r.look(t, row)
	r.mu.RUnlock()
	rec, err := l.record()
	if err == nil {
		r.remember(t, l, rec)
	}
	return rec, err
}

// look is a record of which the body may have to be read yet.
type look struct {
	id    string
	rev   thingset.Rev
	row   rows.Row
	body  []byte
	place rows.Place
	file  *file // held, when body is nil
}

// look looks at a row under the room's lock; record comes next, without it.
func (r *room) look(t *rows.Table, row rows.Row) look {
	l := look{rev: t.Rev(row), row: row}
	if b := t.Body(row); b != nil {
		l.id, l.body = b.ID, b.Data
		return l
	}
	l.id, l.place = string(t.ID(row)), t.Place(row)
	l.file = r.files.hold(l.place.File)
	return l
}

func (l *look) record() (thingset.Record, error) {
	if l.file != nil {
		body, err := l.file.read(l.place)
		l.file.release()
		if l.file = nil; err != nil {
			return thingset.Record{}, err
		}
		l.body = body
	}
	return thingset.Record{ID: l.id, Rev: l.rev, Body: l.body}, nil
}

// remember keeps a body that was read, unless the row has changed meanwhile.
func (r *room) remember(t *rows.Table, l look, rec thingset.Record) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if t.Rev(l.row) == rec.Rev && t.Find(rec.ID) == l.row {
		t.SetBody(l.row, rec.ID, rec.Body)
	}
}

// Count implements thingset.Store.
func (s *Store) Count(ctx context.Context, dom, name string) (int, error) {
	r, t, err := s.reading(ctx, dom, name)
	if err != nil {
		return 0, err
	}
	defer r.mu.RUnlock()
	return t.rows.Len() - len(t.rows.Expired(r.clock.now(), math.MaxInt)), nil
}
