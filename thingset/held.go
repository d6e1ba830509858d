package thingset

import (
	"context"

	"github.com/caryahq/carya/domain"
)

// Source is the text of the thing.json that counts. held reports whether the
// file on disk is another one, which is broken.
func (s *Set) Source(ctx context.Context) (text string, held bool, err error) {
	st, err := s.state(ctx)
	if err != nil {
		return "", false, err
	}
	return st.good, len(st.faults) > 0, nil
}

// OpenUnruled declares a set whose thing.json never was good, so that the engine
// hands out its records. Its layout stays as it is.
func (db *DB) OpenUnruled(ctx context.Context, at domain.Path) error {
	db.going.RLock()
	defer db.going.RUnlock()
	if _, err := db.d.Files().Lstat(string(below(at, SchemaFile))); err != nil {
		return domain.E("e.thing.set.noexists", at)
	}
	return db.store.Define(ctx, db.d.Name(), string(at), Def{Loose: AsItIs})
}
