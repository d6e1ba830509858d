package thingset

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Settler is a Store that keeps records in files, which lag a moment behind.
type Settler interface {
	// Settle returns when what was committed before to the sets in a folder, and to one
	// that the path is in, is in their files; it is e.store.write when that cannot be.
	Settle(ctx context.Context, dom, path string) error
}

// reading brings what was committed into the files that are to be copied.
func (db *DB) reading(of domain.Path) error {
	store, ok := db.store.(Settler)
	if !ok || db.d.IsContent(of) && of.Base() != "index" && of.Dir().Base() != "index" { // a thing's own files do not lag
		return nil
	}
	ctx, any := context.Background(), false
	for _, path := range append(db.around(of), db.discoverIn(of, true)...) {
		_, _ = db.Set(ctx, path) // what a crash has left is judged when a set is first used; one that is damaged stays as it is
		any = true
	}
	if !any {
		return nil
	}
	return store.Settle(ctx, db.d.Name(), string(of))
}

// around are the sets above a path, the nearest one first.
func (db *DB) around(p domain.Path) (list []domain.Path) {
	for p != "" {
		if p = p.Dir(); isSchema(db.d.FS(), strings.TrimPrefix(string(p)+"/"+SchemaFile, "/"), true) {
			list = append(list, p)
		}
	}
	return list
}
