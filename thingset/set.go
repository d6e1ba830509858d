package thingset

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
)

// Set is a ThingSet or a plain set of records, for as long as the domain is
// open; it follows its thing.json. All methods may be called at once from many
// goroutines.
type Set struct {
	db      *DB
	path    domain.Path
	name    string // in the store
	plain   bool
	current atomic.Pointer[state]
	mu      sync.Mutex // reading thing.json
}

// Path is the set's folder.
func (s *Set) Path() domain.Path { return s.path }

// Schema is what thing.json said last.
func (s *Set) Schema() *Schema { return s.current.Load().schema }

// Def is what the engine was told.
func (s *Set) Def() Def { return s.current.Load().schema.def }

func (s *Set) dom() string { return s.db.d.Name() }

// Domain is the name of the domain that the set lies in.
func (s *Set) Domain() string { return s.dom() }

// Get is a thing by id: e.thing.noexists, also for one in the bin.
func (s *Set) Get(ctx context.Context, id string) (Record, error) {
	return s.live(s.Any(ctx, id))
}

// Any is Get that also looks into the bin.
func (s *Set) Any(ctx context.Context, id string) (Record, error) {
	return s.db.store.Get(ctx, s.dom(), s.name, id)
}

// Find is the thing that holds the values of the unique key of those names:
// e.thing.noexists, also for one in the bin and for a key that the set does not
// have.
func (s *Set) Find(ctx context.Context, names []string, values ...string) (Record, error) {
	return s.live(s.findAny(ctx, names, values))
}

func (s *Set) findAny(ctx context.Context, names, values []string) (Record, error) {
	st, err := s.state(ctx)
	if err != nil {
		return Record{}, err
	}
	for k, key := range st.schema.def.Unique {
		if slices.Equal(key, names) {
			return s.db.store.Find(ctx, s.dom(), s.name, k, values...)
		}
	}
	return Record{}, NoThing(s.name, strings.Join(names, "+"))
}

func (s *Set) live(r Record, err error) (Record, error) {
	if err == nil && s.inBin(r) {
		return Record{}, NoThing(s.name, r.ID)
	}
	return r, err
}

// inBin reports whether a thing was deleted and not yet removed.
func (s *Set) inBin(r Record) bool {
	return !s.plain && mayBeNegative(r.Body, "th_live") && field(r.Body, "th_live").Num < 0
}

// mayBeNegative reports whether a member of that name, at whatever depth, is
// followed by a minus: a look that is much cheaper than finding the member.
func mayBeNegative(body []byte, name string) bool {
	for {
		i := bytes.Index(body, []byte(name))
		if i < 0 {
			return false
		}
		body = body[i+len(name):]
		if rest := bytes.TrimLeft(body, "\": \t\r\n"); len(rest) > 0 && rest[0] == '-' {
			return true
		}
	}
}

// Count is the number of things, with those in the bin.
func (s *Set) Count(ctx context.Context) (int, error) {
	return s.db.store.Count(ctx, s.dom(), s.name)
}
