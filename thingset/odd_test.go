package thingset_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/oddfile"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/memstore"
)

// newPolledDB has a root that watches nothing: every look is at the disk.
func newPolledDB(t *testing.T) *thingset.DB {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{WatchDirs: -1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New(memstore.Options{})
	t.Cleanup(func() { s.Close(); root.Close() })
	return thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler))
}

// TestOddSchemaLeavesTheLastGoodOne puts what is no file, or one without end, in
// the place of thing.json.
func TestOddSchemaLeavesTheLastGoodOne(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			db := newPolledDB(t)
			const schema = `{fields:[{key:"nm",validate:{maxLength:3}}]}`
			set := newSet(t, db, "things", schema)
			newSet(t, db, "others", `{}`)
			file := filepath.Join(db.Domain().Dir(), "things/thing.json")
			k.Put(t, file)
			k.Put(t, filepath.Join(db.Domain().Dir(), "never/thing.json"))
			oddfile.Soon(t, "the set", func() {
				if _, err := set.Create(t.Context(), []byte(`{"nm":"toolong"}`)); domain.CodeOf(err) != "e.thing.fld.maxLength" {
					t.Errorf("the last good schema does not count: %v", err)
				}
				for range 2 {
					if _, err := set.Create(t.Context(), []byte(`{"nm":"ok"}`)); err != nil {
						t.Errorf("a thing of the last good schema: %v", err)
					}
				}
				if _, err := db.Set(t.Context(), "never"); domain.CodeOf(err) != "e.thing.schema" {
					t.Errorf("a set that never had a schema: %v", err)
				}
				if faults := db.Check(); len(faults) != 2 || faults[0].File != "~/never/thing.json" || faults[1].File != "~/things/thing.json" {
					t.Errorf("check says %v", faults)
				}
			})
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
			_, err := set.Create(t.Context(), []byte(`{"nm":"ok"}`))
			wantCode(t, err, "e.thing.set.noexists")
			newSet(t, db, "things", schema)
			if _, err := set.Create(t.Context(), []byte(`{"nm":"ok"}`)); err != nil {
				t.Error(err)
			}
			if faults := db.Check(); len(faults) != 1 {
				t.Errorf("mended, but check says %v", faults)
			}
		})
	}
}
