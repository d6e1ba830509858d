package memstore

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/caryahq/carya/thingset"
)

// Drop ends the sets in a folder.
func (s *Store) Drop(ctx context.Context, dom, folder string) error {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	var batch []write
	for _, name := range slices.Sorted(maps.Keys(r.sets)) {
		if name != folder && !strings.HasPrefix(name, folder+"/") {
			continue
		}
		t := r.sets[name]
		for _, id := range slices.Sorted(maps.Keys(t.records)) {
			batch = append(batch, write{thingset.Write{Set: name, ID: id}, t})
		}
		delete(r.sets, name)
	}
	r.apply(batch)
	return nil
}
