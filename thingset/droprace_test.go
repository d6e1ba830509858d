package thingset_test

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
	"github.com/caryahq/carya/thingset/memstore"
)

// slow is a store whose definitions and drops a test holds up.
type slow struct {
	thingset.Store
	defines func(set string) // before one
	drops   func()           // after one
}

func (s *slow) Define(ctx context.Context, dom, set string, def thingset.Def) error {
	if s.defines != nil {
		s.defines(set)
	}
	return s.Store.Define(ctx, dom, set, def)
}

func (s *slow) Drop(ctx context.Context, dom, folder string) error {
	err := s.Store.Drop(ctx, dom, folder)
	if s.drops != nil {
		s.drops()
	}
	return err
}

// slowly runs a test over both engines.
func slowly(t *testing.T, test func(t *testing.T, db *thingset.DB, s *slow)) {
	for _, name := range []string{"memstore", "filestore"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{})
			if err != nil {
				t.Fatal(err)
			}
			d, err := root.Create("demo")
			if err != nil {
				t.Fatal(err)
			}
			s := &slow{Store: memstore.New(memstore.Options{})}
			if name == "filestore" {
				if s.Store, err = filestore.Open(filestore.Options{Dir: func(string) string { return d.Dir() }}); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { s.Close(); root.Close() })
			test(t, thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler)), s)
		})
	}
}

// absent holds when there is no set, and the engine knows none; one that is made is empty.
func absent(t *testing.T, db *thingset.DB, path domain.Path) {
	t.Helper()
	if _, err := db.Set(t.Context(), path); domain.CodeOf(err) != "e.thing.set.noexists" {
		t.Errorf("the set: %v", err)
	}
	if n, err := db.Store().Count(t.Context(), "demo", string(path)); domain.CodeOf(err) != "e.thing.set.noexists" {
		t.Errorf("the engine has %d things, %v", n, err)
	}
	if err := db.Answers(t.Context()); err != nil {
		t.Errorf("the domain answers %v", err)
	}
	set := newSet(t, db, path, "{}")
	if n, err := set.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("made again it has %d things, %v", n, err)
	}
	if _, err := set.Create(t.Context(), []byte(`{"id":"again"}`)); err != nil {
		t.Error(err)
	}
}

// Who has read thing.json just before a folder is removed does not bring the set back by
// what it then tells the engine.
func TestASetThatIsDefinedWhileItGoesIsGone(t *testing.T) {
	t.Parallel()
	slowly(t, func(t *testing.T, db *thingset.DB, s *slow) {
		newSet(t, db, "shop/other", "{}")
		tree := db.Domain().Tree(domain.Owner)
		if err := tree.WriteFile("shop/orders/thing.json", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		read, goOn := make(chan struct{}), make(chan struct{})
		var first atomic.Bool
		s.defines = func(set string) {
			if set == "shop/orders" && first.CompareAndSwap(false, true) {
				close(read)
				<-goOn
			}
		}
		asked := make(chan *thingset.Set, 1)
		go func() {
			set, _ := db.Set(t.Context(), "shop/orders")
			asked <- set
		}()
		<-read
		gone := make(chan error, 1)
		go func() { gone <- tree.Remove("shop", true) }()
		for len(gone) == 0 && !db.Dropping() {
			runtime.Gosched()
		}
		close(goOn)
		if err := <-gone; err != nil {
			t.Fatal(err)
		}
		if set := <-asked; set != nil {
			if _, err := set.Create(t.Context(), []byte(`{"id":"late"}`)); domain.CodeOf(err) != "e.thing.set.noexists" {
				t.Errorf("created: %v", err)
			}
		}
		absent(t, db, "shop/orders")
	})
}

// Nor does who reads it before the folder itself is away.
func TestASetThatIsAskedForWhileItGoesIsGone(t *testing.T) {
	t.Parallel()
	slowly(t, func(t *testing.T, db *thingset.DB, s *slow) {
		set := newSet(t, db, "orders", "{}")
		asked := make(chan struct{})
		var dropped, last atomic.Bool
		s.drops = func() { dropped.Store(true) }
		s.defines = func(string) { // of the imports' marks: the set is forgotten by then
			if !dropped.Load() || !last.CompareAndSwap(false, true) {
				return
			}
			go func() {
				defer close(asked)
				_, _ = db.Set(t.Context(), "orders")
				_, _ = set.Create(t.Context(), []byte(`{"id":"late"}`))
			}()
			if !db.Dropping() {
				<-asked
			}
		}
		if err := db.Domain().Tree(domain.Owner).Remove("orders", true); err != nil {
			t.Fatal(err)
		}
		<-asked
		absent(t, db, "orders")
	})
}
