package filestore

import (
	"context"
	"os"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// room is one open domain.
type room struct {
	s       *Store
	dom     string
	opening sync.Once
	failed  error

	files *os.Root // the domain's folder
	queue queue
	feed  feed
	clock atomic.Int64 // the latest Unix ms seen: time never goes back

	cutting sync.RWMutex // held for reading from a group's append until it is dirty

	mu   sync.RWMutex
	sets map[string]*set
	rev  thingset.Rev

	settling settling
	journal  *journal
	done     atomic.Bool
}

func newRoom(s *Store, dom string) *room {
	r := &room{s: s, dom: dom, sets: map[string]*set{}}
	r.queue.r, r.settling.r = r, r
	r.feed.more = make(chan struct{})
	return r
}

// open replays the journal. What it holds waits to be settled again.
func (r *room) open() (err error) {
	if r.files, err = os.OpenRoot(r.s.o.Dir(r.dom)); err != nil {
		return domain.Wrap(err, "e.domain.noexists", r.dom)
	}
	if r.journal, err = openJournal(r.files); err != nil {
		r.files.Close()
		return err
	}
	r.rev, err = r.journal.replay(func(rev thingset.Rev, batch []write) {
		for _, w := range batch {
			r.settling.add(w, rev)
		}
	})
	if err != nil {
		r.journal.close()
		r.files.Close()
		return err
	}
	r.feed.start(r.rev)
	if r.settling.len() > 0 {
		r.settling.wake()
	}
	return nil
}

// close settles all and ends the room's work.
func (r *room) close() error {
	r.opening.Do(func() { r.failed = domain.E("e.store.closed") })
	if r.failed != nil || r.done.Swap(true) {
		return nil
	}
	r.queue.shut()
	err := r.settling.end()
	r.feed.end()
	if e := r.journal.close(); err == nil {
		err = e
	}
	if e := r.files.Close(); err == nil {
		err = e
	}
	return err
}

// now is the wall clock in Unix ms; within a run it never goes back, so that
// what has expired stays so.
func (r *room) now() int64 {
	t := r.s.o.Now().UnixMilli()
	for {
		seen := r.clock.Load()
		if t <= seen {
			return seen
		}
		if r.clock.CompareAndSwap(seen, t) {
			return t
		}
	}
}

// reading opens a domain for a reader and locks it: the caller unlocks
// room.mu for reading.
func (s *Store) reading(ctx context.Context, dom, name string) (*room, *set, error) {
	if ctx.Err() != nil {
		return nil, nil, thingset.Canceled(ctx)
	}
	r, err := s.room(dom)
	if err != nil {
		return nil, nil, err
	}
	r.mu.RLock()
	t := r.sets[name]
	if t == nil {
		r.mu.RUnlock()
		return nil, nil, thingset.NoSet(name)
	}
	return r, t, nil
}
