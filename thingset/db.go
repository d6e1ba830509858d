package thingset

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
)

// SchemaFile is what makes a folder a ThingSet.
const SchemaFile = "thing.json"

// DB is the sets of one open domain over an engine. All methods may be called at
// once from many goroutines.
type DB struct {
	d     *domain.Domain
	store Store
	log   *slog.Logger

	compiler Compiler
	gone     Gone
	forms    func(domain.Path, *Schema) Form

	mu   sync.RWMutex
	sets map[domain.Path]*Set

	going sync.RWMutex  // who reads thing.json and defines the set holds it to read, who removes a folder to write
	drops atomic.Uint64 // how often a folder was removed: what was defined before is perhaps not defined any more

	schemas sync.Map // *Schema by the set's name, as the engine was told of it

	finder  finder
	serials counters
	gate    sync.RWMutex // commits hold it to read: see freeTries
	links   follower
}

// NewDB gives a domain's sets; the engine knows the domain by its name. From
// then on id: finds the domain's things: see At.
func NewDB(d *domain.Domain, s Store) *DB {
	db := &DB{d: d, store: s, log: slog.Default(), sets: map[domain.Path]*Set{}}
	db.links.kick, db.links.begun = make(chan struct{}, 1), make(chan struct{})
	d.AddResolver(db.locate)
	d.AddKeeper(domain.Keeper{Removing: db.removing, Moving: db.moving, Reading: db.reading})
	return db
}

// RunScripts says who compiles the scripts of thing.json, and who is told of
// those that fail after the fact. It is called before the DB is used; without it
// scripts do not run.
func (db *DB) RunScripts(c Compiler, log *slog.Logger) *DB {
	db.compiler, db.log = c, log
	return db
}

// Store is the engine.
func (db *DB) Store() Store { return db.store }

// Domain is whose sets they are.
func (db *DB) Domain() *domain.Domain { return db.d }

// Set is the ThingSet at a path, always the same one: e.thing.set.noexists when
// there is no thing.json, e.thing.schema when that is broken and never was good. One
// that breaks later leaves its last good version in force, and Check reports it.
func (db *DB) Set(ctx context.Context, path domain.Path) (*Set, error) {
	s := db.known(path)
	if s == nil || s.plain {
		if db.d.IsContent(path) {
			return nil, domain.E("e.thing.set.noexists", path)
		}
		s = &Set{db: db, path: path, name: string(path)}
	}
	if _, err := s.state(ctx); err != nil {
		return nil, err
	}
	return db.keep(s), nil
}

// Plain is a set of records without a schema, such as sessions; nothing is made
// on disk before the first write. The first caller's def counts.
func (db *DB) Plain(ctx context.Context, path domain.Path, def Def) (*Set, error) {
	if s := db.known(path); s != nil {
		return s, nil
	}
	def.Plain = true
	s := &Set{db: db, path: path, name: string(path), plain: true}
	s.current.Store(&state{schema: &Schema{def: def}})
	for {
		drops := db.drops.Load()
		if err := db.store.Define(ctx, db.d.Name(), s.name, s.Def()); err != nil {
			return nil, err
		}
		if s = db.keep(s); db.drops.Load() == drops {
			return s, nil
		}
	}
}

// Commit writes a batch across sets as it stands, all or nothing: nothing is
// held against a schema and no script runs.
func (db *DB) Commit(ctx context.Context, batch ...Write) (Rev, error) {
	db.gate.RLock()
	defer db.gate.RUnlock()
	return db.commit(ctx, batch...)
}

func (db *DB) commit(ctx context.Context, batch ...Write) (Rev, error) {
	batch, err := db.withEnds(ctx, batch)
	if err != nil {
		return 0, err
	}
	return db.store.Commit(ctx, db.d.Name(), batch)
}

// Answers asks the engine for every set that was used so far and gives the first
// error: a set that was defined must answer.
func (db *DB) Answers(ctx context.Context) error {
	db.mu.RLock()
	sets := slices.SortedFunc(maps.Values(db.sets), func(a, b *Set) int { return cmp.Compare(a.path, b.path) })
	db.mu.RUnlock()
	for _, s := range sets {
		if err := s.answers(ctx); err != nil && !s.left(ctx) {
			return err
		}
	}
	return nil
}

// left reports whether the set has gone with its folder.
func (s *Set) left(ctx context.Context) bool {
	_, err := s.state(ctx)
	return domain.CodeOf(err) == "e.thing.set.noexists"
}

// answers asks the engine for the set.
func (s *Set) answers(ctx context.Context) error {
	_, err := s.db.store.Count(ctx, s.db.d.Name(), s.name)
	return err
}

func (db *DB) known(path domain.Path) *Set {
	db.mu.RLock()
	defer db.mu.RUnlock()
	return db.sets[path]
}

// keep gives the set of a path that came first.
func (db *DB) keep(s *Set) *Set {
	db.mu.Lock()
	defer db.mu.Unlock()
	if first := db.sets[s.path]; first != nil && first.plain == s.plain {
		return first
	}
	db.links.used.Do(db.links.begin)
	db.sets[s.path] = s
	return s
}
