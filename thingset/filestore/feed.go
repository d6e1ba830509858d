package filestore

import (
	"context"
	"errors"
	"iter"
	"sort"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Memory holds a domain's last changes: feedLen of them as long as their bodies
// are no more than feedBytes, and for a while (rest.go). Earlier ones are read from
// the journal.
const (
	feedLen   = 10_000
	feedBytes = 8 << 20
)

// feed is a domain's last changes. What was handed out is never changed: a
// reader may take as long as it likes.
type feed struct {
	mu    sync.Mutex
	list  []thingset.Change // in order
	size  int               // of their bodies
	base  thingset.Rev      // all changes after it are in list
	rev   thingset.Rev
	more  chan struct{} // closed when there is more
	idle  bool          // nobody has asked for more since it was made
	ended bool
}

func (f *feed) start(rev thingset.Rev) { f.base, f.rev = rev, rev }

// reached has the feed begin behind a revision: what was before is not known.
func (f *feed) reached(rev thingset.Rev) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list, f.size, f.base, f.rev = nil, 0, rev, rev
	f.wake()
}

func (f *feed) publish(changes []thingset.Change, rev thingset.Rev) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, changes...)
	for _, c := range changes {
		f.size += len(c.Body) + len(c.Old)
	}
	f.rev = rev
	if len(f.list) > feedLen*5/4 || f.size > feedBytes*5/4 {
		f.trim()
	}
	f.wake()
}

// trim keeps within the bounds.
func (f *feed) trim() {
	f.cut(func(n int) bool { return len(f.list)-n > feedLen || f.size > feedBytes })
}

// cut forgets whole commits, the oldest first, as long as the one at n goes.
func (f *feed) cut(goes func(n int) bool) {
	n := 0
	for n < len(f.list) && goes(n) {
		f.base = f.list[n].Rev
		for n < len(f.list) && f.list[n].Rev == f.base {
			f.size -= len(f.list[n].Body) + len(f.list[n].Old)
			n++
		}
	}
	f.list = append([]thingset.Change(nil), f.list[n:]...)
}

// wake tells those who wait; without any the channel lasts.
func (f *feed) wake() {
	if f.idle {
		return
	}
	close(f.more)
	f.more = make(chan struct{})
	f.idle = true
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.idle = true, false
	f.wake()
}

// after are the changes after a revision; when memory does not hold all of them
// they are those after a later one, from.
func (f *feed) after(rev thingset.Rev) (list []thingset.Change, from thingset.Rev, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rev > f.rev {
		return nil, rev, domain.E("e.store.feed", rev)
	}
	from = max(rev, f.base)
	i := sort.Search(len(f.list), func(i int) bool { return f.list[i].Rev > from })
	return f.list[i:len(f.list):len(f.list)], from, nil
}

// now is the last revision, and a channel that is closed when there is a later
// one.
func (f *feed) now() (rev thingset.Rev, more <-chan struct{}, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = false
	return f.rev, f.more, f.ended
}

// Changes implements thingset.Store.
func (s *Store) Changes(ctx context.Context, dom string, after thingset.Rev) iter.Seq2[thingset.Change, error] {
	return func(yield func(thingset.Change, error) bool) {
		r, err := s.room(dom)
		if err == nil {
			err = r.changes(ctx, after, func(c thingset.Change) bool { return yield(c, nil) })
		}
		if err != nil && err != errLeft {
			yield(thingset.Change{}, err)
		}
	}
}

// errLeft says that the reader wants no more.
var errLeft = errors.New("left")

// changes walks what memory does not hold any more, then the rest.
func (r *room) changes(ctx context.Context, after thingset.Rev, yield func(thingset.Change) bool) error {
	each := func(c thingset.Change) error {
		switch {
		case ctx.Err() != nil:
			return thingset.Canceled(ctx)
		case !yield(c):
			return errLeft
		}
		return nil
	}
	for {
		list, from, err := r.feed.after(after)
		if err != nil {
			return err
		}
		if from == after {
			for _, c := range list {
				if err := each(c); err != nil {
					return err
				}
			}
			return nil
		}
		for e, err := range r.journal.Since(after, from) {
			if err == nil {
				err = each(thingset.Change{Rev: e.Rev, Set: e.Set, ID: e.ID, Body: e.Body, New: e.Fresh})
			}
			if err != nil {
				return err
			}
		}
		after = from
	}
}

// Wait implements thingset.Store.
func (s *Store) Wait(ctx context.Context, dom string, after thingset.Rev) (thingset.Rev, error) {
	r, err := s.room(dom)
	if err != nil {
		return 0, err
	}
	for {
		rev, more, ended := r.feed.now()
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
