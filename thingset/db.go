package thingset

import (
	"context"
	"sync"

	"github.com/caryahq/carya/domain"
)

// SchemaFile is what makes a folder a ThingSet.
const SchemaFile = "thing.json"

// DB is the ThingSets of one domain over an engine. It may be used from many
// goroutines.
type DB struct {
	d     *domain.Domain
	store Store

	mu   sync.RWMutex
	sets map[domain.Path]*Set
}

// NewDB gives a domain's ThingSets; the engine knows the domain by its name.
func NewDB(d *domain.Domain, s Store) *DB {
	return &DB{d: d, store: s, sets: map[domain.Path]*Set{}}
}

// Store is the engine.
func (db *DB) Store() Store { return db.store }

// Domain is whose ThingSets they are.
func (db *DB) Domain() *domain.Domain { return db.d }

// Set opens the ThingSet at a path: e.thing.set.noexists when the folder has no
// thing.json, e.thing.schema when that is broken and never was good. One that is
// broken while the ThingSet is open leaves its last good version in force.
func (db *DB) Set(ctx context.Context, path domain.Path) (*Set, error) {
	file, err := path.Join(SchemaFile)
	if err != nil {
		return nil, err
	}
	tree := db.d.Tree(domain.Owner)
	obj, err := tree.Stat(file)
	if err != nil {
		if domain.AsError(err).Kind == domain.NotFound {
			err = domain.E("e.thing.set.noexists", path)
		}
		return nil, err
	}
	known := db.known(path)
	if known != nil && known.file == obj {
		return known, nil
	}
	src, err := tree.ReadFile(file)
	if err != nil {
		return nil, err
	}
	schema, err := ParseSchema(src)
	if err != nil && known != nil {
		return db.keep(known.at(obj)), nil
	}
	if err != nil {
		return nil, err
	}
	s := &Set{db: db, path: path, name: string(path), schema: schema, def: schema.Def(), file: obj}
	if err := db.store.Define(ctx, db.d.Name(), s.name, s.def); err != nil {
		return nil, err
	}
	return db.keep(s), nil
}

// Plain opens a set of records without a schema, such as sessions; nothing is
// made on disk before the first write.
func (db *DB) Plain(ctx context.Context, path domain.Path, def Def) (*Set, error) {
	if s := db.known(path); s != nil {
		return s, nil
	}
	s := &Set{db: db, path: path, name: string(path), schema: new(Schema), def: def, plain: true}
	if err := db.store.Define(ctx, db.d.Name(), s.name, def); err != nil {
		return nil, err
	}
	return db.keep(s), nil
}

// Commit writes a batch across sets, all or nothing.
func (db *DB) Commit(ctx context.Context, batch ...Write) (Rev, error) {
	return db.store.Commit(ctx, db.d.Name(), batch)
}

func (db *DB) known(path domain.Path) *Set {
	db.mu.RLock()
	defer db.mu.RUnlock()
	return db.sets[path]
}

func (db *DB) keep(s *Set) *Set {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.sets[s.path] = s
	return s
}
