package filestore

import (
	"log/slog"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Options says where domains lie.
type Options struct {
	Dir func(dom string) string // a domain's folder, absolute
	Log *slog.Logger            // nil is slog.Default()
	Now func() time.Time        // nil is time.Now

	// Settle is how soon after a commit its records are written to their
	// files; 0 is 200 ms.
	Settle time.Duration
}

// Store is the engine. It holds a domain open from its first use until
// CloseDomain.
type Store struct {
	o Options

	mu     sync.Mutex
	rooms  map[string]*room
	closed bool
}

var _ thingset.Store = (*Store)(nil)

// Open makes the engine; nothing is touched on disk yet.
func Open(o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settle == 0 {
		o.Settle = 200 * time.Millisecond
	}
	return &Store{o: o, rooms: map[string]*room{}}, nil
}

// room is a domain that is open, or opens it: its journal is replayed before
// anything is served.
func (s *Store) room(dom string) (*room, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, domain.E("e.store.closed")
	}
	r := s.rooms[dom]
	if r == nil {
		r = newRoom(s, dom)
		s.rooms[dom] = r
	}
	s.mu.Unlock()
	r.opening.Do(func() { r.failed = r.open() })
	if r.failed != nil {
		s.forget(dom, r)
		return nil, r.failed
	}
	return r, nil
}

// known is a domain that is open already.
func (s *Store) known(dom string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[dom]
}

func (s *Store) forget(dom string, r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[dom] == r {
		delete(s.rooms, dom)
	}
}

// CloseDomain settles a domain and lets go of it.
func (s *Store) CloseDomain(dom string) error {
	r := s.known(dom)
	if r == nil {
		return nil
	}
	s.forget(dom, r)
	return r.close()
}

// Dir is a domain's folder.
func (s *Store) Dir(dom string) string { return s.o.Dir(dom) }

// Close settles all domains; further calls fail.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	rooms := s.rooms
	s.rooms = map[string]*room{}
	s.mu.Unlock()
	var first error
	for _, r := range rooms {
		if err := r.close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
