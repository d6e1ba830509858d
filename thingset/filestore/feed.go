package filestore

import (
	"context"
	"iter"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// feedLen is how many changes a domain's feed holds.
const feedLen = 10_000

// feed is a domain's last changes.
type feed struct {
	mu    sync.Mutex
	list  []thingset.Change // in order
	base  thingset.Rev      // all changes after it are in list
	rev   thingset.Rev
	more  chan struct{} // closed when there is more
	ended bool
}

func (f *feed) start(rev thingset.Rev) { f.base, f.rev = rev, rev }

func (f *feed) publish(changes []thingset.Change, rev thingset.Rev) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, changes...)
	f.rev = rev
	if over := len(f.list) - feedLen; over > feedLen/4 {
		f.base = f.list[over-1].Rev
		for over < len(f.list) && f.list[over].Rev == f.base {
			over++
		}
		f.list = append([]thingset.Change(nil), f.list[over:]...)
	}
	close(f.more)
	f.more = make(chan struct{})
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	close(f.more)
	f.more = make(chan struct{})
}

// after are the changes after a revision.
func (f *feed) after(rev thingset.Rev) ([]thingset.Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rev < f.base || rev > f.rev {
		return nil, domain.E("e.store.feed", rev)
	}
	i := len(f.list)
	for i > 0 && f.list[i-1].Rev > rev {
		i--
	}
	return f.list[i:len(f.list):len(f.list)], nil
}

// Changes implements thingset.Store.
func (s *Store) Changes(ctx context.Context, dom string, after thingset.Rev) iter.Seq2[thingset.Change, error] {
	return func(yield func(thingset.Change, error) bool) {
		r, err := s.room(dom)
		var list []thingset.Change
		if err == nil {
			list, err = r.feed.after(after)
		}
		if err != nil {
			yield(thingset.Change{}, err)
			return
		}
		for _, c := range list {
			if ctx.Err() != nil {
				yield(thingset.Change{}, thingset.Canceled(ctx))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Wait implements thingset.Store.
func (s *Store) Wait(ctx context.Context, dom string, after thingset.Rev) (thingset.Rev, error) {
	r, err := s.room(dom)
	if err != nil {
		return 0, err
	}
	for {
		r.feed.mu.Lock()
		rev, more, ended := r.feed.rev, r.feed.more, r.feed.ended
		r.feed.mu.Unlock()
		switch {
		case ended:
			return 0, domain.E("e.store.closed")
		case rev > after:
			return rev, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, thingset.Canceled(ctx)
		}
	}
}
