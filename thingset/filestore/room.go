package filestore

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// room is one open domain.
//
// Locks, in the order in which they are taken: defining (one Define at a time),
// busy (whoever changes files: the worker, a redefinition, a snapshot), commits
// (whoever leads a group), the journal's, mu.
type room struct {
	s       *Store
	dom     string
	opening sync.Once
	failed  error
	leaving atomic.Bool
	gone    chan struct{} // closed when the room is closed

	disk    *disk.Disk
	journal *journal.Journal
	queue   queue
	feed    feed
	worker  worker
	clock   clock
	edits   edits
	health  health

	defining sync.Mutex
	busy     sync.Mutex
	tmp      tmp
	hand     *disk.Hand     // guarded by busy
	dropped  []thingset.Rev // whose folders were moved away; guarded by busy
	commits  sync.Mutex

	mu     sync.RWMutex
	sets   map[string]*set
	barred map[string]*barred
	rev    thingset.Rev
	files  files
	limbo  limbo
}

func newRoom(s *Store, dom string) *room {
	r := &room{s: s, dom: dom, sets: map[string]*set{}, gone: make(chan struct{})}
	r.queue.r, r.worker.r = r, r
	r.clock.wall = s.o.Now
	r.feed.more = make(chan struct{})
	r.edits.start(r)
	return r
}

// open replays the journal, and loads the sets that it writes to: what it holds
// waits to be settled again.
func (r *room) open() (err error) {
	if r.disk, err = disk.Open(r.s.o.Dir(r.dom), r.s.hook(r.dom)); err != nil {
		return domain.Wrap(err, "e.domain.noexists", r.dom)
	}
	r.hand = r.disk.Hand()
	if err = r.openTmp(); err == nil {
		r.journal, err = journal.Open(r.disk, r.keep())
	}
	if err == nil {
		err = r.replay()
	}
	if err == nil {
		r.openDropped()
	}
	if err != nil {
		r.release()
	}
	return err
}

// release gives all files back.
func (r *room) release() {
	r.mu.Lock()
	for _, t := range r.sets {
		t.rows.Forget()
		t.afloat.letGo()
		for _, p := range t.packs {
			p.Release()
		}
	}
	r.files.closeAll()
	r.mu.Unlock()
	if r.journal != nil {
		r.journal.Close()
	}
	r.disk.Close()
}

// close settles all and ends the room's work.
func (r *room) close() error {
	if r.leaving.Swap(true) {
		<-r.gone
		return nil
	}
	defer close(r.gone)
	defer r.s.forget(r.dom, r)
	r.opening.Do(func() { r.failed = domain.E("e.store.closed") })
	if r.failed != nil {
		return nil
	}
	r.worker.end()
	r.defining.Lock()
	defer r.defining.Unlock()
	r.edits.drain()
	r.edits.stop()
	r.queue.shut()
	err := r.finish()
	r.removeDropped()
	r.feed.end()
	r.release()
	return err
}

// finish settles what there is and cuts the journal behind it.
func (r *room) finish() error {
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.disk.ReadOnly() {
		return nil
	}
	for _, t := range r.loaded() {
		t.stuck.again = time.Time{}
	}
	err := r.settle()
	return cmp.Or(err, r.checkpoint())
}

// reading opens a domain for a reader and locks it: the caller unlocks
// room.mu for reading.
func (s *Store) reading(ctx context.Context, dom, name string) (*room, *set, error) {
	if ctx.Err() != nil {
		return nil, nil, thingset.Canceled(ctx)
	}
	for {
		r, err := s.room(dom)
		if err != nil {
			return nil, nil, err
		}
		r.mu.RLock()
		t, shut := r.sets[name], r.files.shut
		if t != nil && t.served && !shut {
			return r, t, nil
		}
		r.mu.RUnlock()
		if shut {
			continue // it was closed: the next one answers
		}
		if err := r.serving(name); err != nil && !r.left(err) {
			return nil, nil, err
		}
	}
}
