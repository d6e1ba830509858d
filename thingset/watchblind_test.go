package thingset_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// A store that no longer knows what was there before tells what came apart from
// what changed, and of everything that may have matched.
func TestWatchersAreToldOfWhatMayHaveMatched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := domain.OpenRoot(dir, domain.RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	s, err := filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(dir, dom) }, CacheBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); root.Close() })
	db := thingset.NewDB(d, s)
	set := newSet(t, db, "orders", `{}`)
	for _, w := range []string{
		`a {"id":"a","n":1}`, `b {"id":"b","n":2}`, `a {"id":"a","n":1,"x":1}`, `a {"id":"a","n":2}`, `b {"id":"b","n":2,"x":1}`,
		`b {"id":"b","n":1,"th_live":-1}`, `b {"id":"b","n":1,"th_live":1}`, `b `,
	} {
		write := thingset.Write{Set: string(set.Path()), ID: w[:1]}
		if len(w) > 2 {
			write.Body = []byte(w[2:])
		}
		if _, err := db.Commit(t.Context(), write); err != nil {
			t.Fatal(err)
		}
	}
	m, err := thingset.ParseMatch(`{n:1}`)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range watched(t, set, thingset.Watching{Match: m}, 7) {
		got += fmt.Sprint(e.Rev, e.ID, " ", e.Kind, "\n")
	}
	if want := "1a created\n3a updated\n4a left\n5b left\n6b deleted\n7b updated\n8b deleted\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
