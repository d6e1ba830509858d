package memstore

import (
	"context"
	"iter"
	"slices"
	"sort"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Changes is the feed of writes after a revision.
func (s *Store) Changes(ctx context.Context, dom string, after thingset.Rev) iter.Seq2[thingset.Change, error] {
	return func(yield func(thingset.Change, error) bool) {
		list, err := s.after(ctx, dom, after)
		if err != nil {
			yield(thingset.Change{}, err)
			return
		}
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (s *Store) after(ctx context.Context, dom string, after thingset.Rev) ([]thingset.Change, error) {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if after > r.rev || after+1 < r.first {
		return nil, domain.E("e.store.feed", after)
	}
	i := sort.Search(len(r.feed), func(i int) bool { return r.feed[i].Rev > after })
	return slices.Clone(r.feed[i:]), nil
}

// Wait blocks until there is a change after rev.
func (s *Store) Wait(ctx context.Context, dom string, after thingset.Rev) (thingset.Rev, error) {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return 0, err
	}
	closed := r.closed
	for r.rev <= after {
		changed := r.changed
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return 0, thingset.Canceled(ctx)
		case <-closed:
			return 0, domain.E("e.store.closed")
		case <-changed:
		}
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	return r.rev, nil
}
