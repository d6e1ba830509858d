package filestore

import (
	"cmp"
	"context"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

var _ thingset.Settler = (*Store)(nil)

// Settle implements thingset.Settler.
func (s *Store) Settle(ctx context.Context, dom, path string) error {
	if ctx.Err() != nil {
		return thingset.Canceled(ctx)
	}
	for {
		r, err := s.room(dom)
		if err != nil {
			return err
		}
		if err = r.settleNow(path); !r.left(err) {
			return err
		}
	}
}

// settleNow settles the sets in a folder, and the one that a path is in.
func (r *room) settleNow(path string) error {
	at := journal.Drop{Folder: path}
	sets := slices.DeleteFunc(r.loaded(), func(t *set) bool {
		return path != "" && !at.Holds(t.name) && !(journal.Drop{Folder: t.name}).Holds(path)
	})
	if len(sets) == 0 || r.disk.ReadOnly() {
		return nil
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.leaving.Load() {
		return domain.E("e.store.closed")
	}
	err := r.journal.Confirm()
	for _, t := range sets {
		if err == nil && !t.left.Load() {
			err = r.settleSet(t)
		}
	}
	if err != nil {
		return domain.Wrap(err, "e.store.write", cmp.Or(path, "~/"))
	}
	return nil
}
