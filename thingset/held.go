package thingset

import (
	"context"
	"io/fs"
	"strings"

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
func (db *DB) OpenUnruled(ctx context.Context, path domain.Path) error {
	def := Def{Loose: maxLoose}
	dir := strings.TrimPrefix(string(path)+"/index", "/")
	if entries, err := fs.ReadDir(db.d.Files().FS(), dir); err == nil {
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "pack-") && strings.HasSuffix(e.Name(), ".jsonl") {
				def.Loose = -1
				break
			}
		}
	}
	return db.store.Define(ctx, db.d.Name(), string(path), def)
}

// maxLoose is the most that thing.json takes as loose.
const maxLoose = 10_000_000
