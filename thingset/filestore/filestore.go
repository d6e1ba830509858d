package filestore

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Options are an engine's settings; everything but Dir may be left out.
type Options struct {
	Dir func(dom string) string // a domain's folder, absolute
	Log *slog.Logger            // nil is slog.Default()
	Now func() time.Time        // nil is time.Now

	// Settle is how soon after a commit its records are in their files; 0 is
	// 200 ms. Checkpoint is how soon after that the journal is cut; 0 is 10 s.
	Settle, Checkpoint time.Duration

	// FeedBytes bounds what of the journal is kept, when it is cut, for readers
	// of the feed, for each domain; 0 is 16 MiB, negative none. FeedAge bounds how
	// long, as far as a domain is in use; 0 is a day, negative without bound.
	FeedBytes int64
	FeedAge   time.Duration

	// CacheBytes bounds the bodies of all domains in memory; 0 is 64 MiB,
	// negative none.
	CacheBytes int64

	// Sets is how many sets of one domain may be in use at once, each of which keeps
	// files open; 0 is without bound.
	Sets int

	// Watch calls f with the name of whatever changes in a folder of a domain,
	// with an empty one when it has lost track, until stop is called
	// (domain.Domain.WatchDir). Without it, or where it fails, files' times are
	// compared, every Poll (0 is 500 ms).
	Watch func(dom, dir string, f func(name string)) (stop func(), err error)
	Poll  time.Duration

	// Check refuses a record that a person wrote into its file by hand, for
	// reasons that the engine does not know, such as a schema; nil takes all.
	Check func(dom, set string, body []byte) error

	// Rules is Check for the doctor, which looks at sets that nobody uses too; nil is
	// Check. It must not call the store.
	Rules func(dom, set string, body []byte) error

	// OnFault is told of what is wrong on disk and needs a person: a broken
	// record, an edit that lost. It is logged too. It must not call the store.
	OnFault func(dom string, f Fault)

	// Disk sees every change to the disk before it is made, and may refuse
	// it: for tests.
	Disk disk.Hook
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settle == 0 {
		o.Settle = 200 * time.Millisecond
	}
	if o.Checkpoint == 0 {
		o.Checkpoint = 10 * time.Second
	}
	if o.FeedBytes == 0 {
		o.FeedBytes = 16 << 20
	}
	if o.FeedAge == 0 {
		o.FeedAge = 24 * time.Hour
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	return o
}

// Store is the engine. It holds a domain open from its first use until
// CloseDomain.
type Store struct {
	o       Options
	cache   *rows.Cache
	full    int64 // how long a pack's lines get
	deadMin int64 // how many bytes of dead records are worth a merge

	longest  int // commit, in bytes
	stepRows int // how many records a step of flushing takes
	mostTold int // of a drop, in bytes

	rest       time.Duration // how long changes are in memory
	carryLeast int64         // how long the journal is at least before records are carried

	feedFiles   int   // how many segments of the journal may stay; 0 is journal.Retention's
	feedSegment int64 // how long they get; 0 is journal.Retention's

	manual bool                 // rounds are run by a test
	hooks  map[string]disk.Hook // of domains that have one of their own: for tests

	noWatch sync.Once // it was said that the system watches no more
	defs    defs

	mu     sync.RWMutex
	rooms  map[string]*room
	joined uint64 // how many rooms there were so far
	closed bool
}

var _ thingset.Store = (*Store)(nil)

// hook sees the calls of a domain.
func (s *Store) hook(dom string) disk.Hook {
	if h, ok := s.hooks[dom]; ok {
		return h
	}
	return s.o.Disk
}

// Open makes the engine; nothing is touched on disk yet.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	return &Store{o: o, cache: rows.NewCache(max(0, o.CacheBytes)), full: pack.Full, deadMin: deadMin, stepRows: stepRows, longest: longest, mostTold: mostTold, carryLeast: carryLeast, rest: restAfter, rooms: map[string]*room{}}, nil
}

// Dir is a domain's folder, as Options.Dir says.
func (s *Store) Dir(dom string) string { return s.o.Dir(dom) }

// room is a domain that is open, or opens it: its journal is replayed before
// anything is served. One that is being closed is waited for.
func (s *Store) room(dom string) (*room, error) {
	for {
		s.mu.RLock()
		r, closed := s.rooms[dom], s.closed
		s.mu.RUnlock()
		if closed {
			return nil, domain.E("e.store.closed")
		}
		if r == nil {
			if r = s.join(dom); r == nil {
				continue
			}
		}
		if r.leaving.Load() {
			<-r.gone
			continue
		}
		r.opening.Do(func() { r.failed = r.open() })
		if r.failed != nil {
			s.forget(dom, r)
			if r.left(r.failed) {
				continue // it was closed before it was open
			}
			return nil, r.failed
		}
		return r, nil
	}
}

// join gives a domain its place among those that are open.
func (s *Store) join(dom string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	r := s.rooms[dom]
	if r == nil {
		r = newRoom(s, dom)
		s.rooms[dom] = r
		s.joined++
	}
	return r
}

func (s *Store) forget(dom string, r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[dom] == r {
		delete(s.rooms, dom)
	}
}

// CloseDomain settles a domain and lets go of it. A call that comes meanwhile
// waits.
func (s *Store) CloseDomain(dom string) error {
	s.mu.RLock()
	r := s.rooms[dom]
	s.mu.RUnlock()
	if r == nil {
		return nil
	}
	return r.close()
}

// ForgetDomain is CloseDomain, and the domain's sets have to be defined again.
func (s *Store) ForgetDomain(dom string) error {
	s.defs.forget(dom)
	return s.CloseDomain(dom)
}

// Close settles all domains; further calls fail.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	var first error
	for _, r := range rooms {
		if err := r.close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
