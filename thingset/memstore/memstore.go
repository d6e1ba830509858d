// Package memstore is a thingset.Store in memory: a test double that keeps the
// whole contract except durability, and an oracle for other engines. What a
// domain holds outlives CloseDomain, not Close.
package memstore

import (
	"context"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Options are a store's settings; the zero value is good.
type Options struct {
	Feed int // changes that the feed of a domain holds at least; 0 is 10,000
}

// Store keeps all domains behind one lock. Make one with New.
type Store struct {
	opt Options

	mu      sync.Mutex
	domains map[string]*room
	closed  bool
}

var _ thingset.Store = (*Store)(nil)

// New makes an empty store.
func New(o Options) *Store {
	if o.Feed <= 0 {
		o.Feed = 10_000
	}
	return &Store{opt: o, domains: map[string]*room{}}
}

// enter locks the store and gives the domain, without what has expired. When
// there is no error the caller unlocks.
func (s *Store) enter(ctx context.Context, dom string) (*room, error) {
	if err := thingset.Canceled(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, domain.E("e.store.closed")
	}
	r := s.domains[dom]
	if r == nil {
		r = newRoom(s)
		s.domains[dom] = r
	}
	r.expire()
	return r, nil
}

// set is enter for one set.
func (s *Store) set(ctx context.Context, dom, name string) (*set, error) {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return nil, err
	}
	if t := r.defined(name); t != nil {
		return t, nil
	}
	s.mu.Unlock()
	return nil, thingset.NoSet(name)
}

// Define declares a set.
func (s *Store) Define(ctx context.Context, dom, name string, def thingset.Def) error {
	r, err := s.enter(ctx, dom)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	var records map[string]thingset.Record
	if old := r.sets[name]; old != nil {
		records = old.records
	}
	t, err := newSet(def, records)
	if err == nil {
		r.sets[name] = t
	}
	return err
}

// Get is one record by id.
func (s *Store) Get(ctx context.Context, dom, name, id string) (thingset.Record, error) {
	t, err := s.set(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	defer s.mu.Unlock()
	rec, ok := t.records[id]
	if !ok {
		return rec, thingset.NoThing(name, id)
	}
	return rec, nil
}

// Find is the record that holds the values of a unique key.
func (s *Store) Find(ctx context.Context, dom, name string, key int, values ...string) (thingset.Record, error) {
	t, err := s.set(ctx, dom, name)
	if err != nil {
		return thingset.Record{}, err
	}
	defer s.mu.Unlock()
	id, ok := t.unique[key][thingset.JoinValues(values)]
	if !ok {
		return thingset.Record{}, thingset.NoThing(name, "by unique key")
	}
	return t.records[id], nil
}

// Count is the number of live records of a set.
func (s *Store) Count(ctx context.Context, dom, name string) (int, error) {
	t, err := s.set(ctx, dom, name)
	if err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return len(t.records), nil
}

// CloseDomain ends those who wait.
func (s *Store) CloseDomain(dom string) error { return s.leave(dom, (*room).close) }

// ForgetDomain ends those who wait and forgets the definitions of a domain.
func (s *Store) ForgetDomain(dom string) error { return s.leave(dom, (*room).forget) }

func (s *Store) leave(dom string, how func(*room)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return domain.E("e.store.closed")
	}
	if r := s.domains[dom]; r != nil {
		how(r)
	}
	return nil
}

// Close forgets everything. It may be called again.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.domains {
		r.close()
	}
	s.closed, s.domains = true, nil
	return nil
}
