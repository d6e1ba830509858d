package backup

import (
	"context"
	"iter"
	"log/slog"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// goingStore has something happen before it is asked for the first time in some way about a set.
type goingStore struct {
	thingset.Store
	count, scan func()
}

func (s *goingStore) Count(ctx context.Context, dom, set string) (int, error) {
	s.first(&s.count, set)
	return s.Store.Count(ctx, dom, set)
}

func (s *goingStore) Scan(ctx context.Context, dom, set string, r thingset.Range) iter.Seq2[thingset.Record, error] {
	s.first(&s.scan, set)
	return s.Store.Scan(ctx, dom, set, r)
}

func (s *goingStore) first(do *func(), set string) {
	if f := *do; f != nil && set == "a" {
		*do = nil
		f()
	}
}

// A set that somebody removes while a backup is made is not in it, or it is the one that
// was made in its place; the backup is made all the same.
func TestABackupGoesOnWhenASetGoes(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		for _, when := range []string{"count", "scan"} {
			w := newWorld(t)
			s := &goingStore{Store: w.store}
			d, err := w.root.Create("shop")
			if err != nil {
				t.Fatal(err)
			}
			db := thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler))
			fill := func(set, id string) {
				w.write(db, set+"/thing.json", "{}")
				if _, err := w.set(db, set).Create(t.Context(), []byte(`{"id":"`+id+`"}`)); err != nil {
					t.Fatal(err)
				}
			}
			fill("a", "1")
			fill("b", "1")
			goes := func() {
				if err := db.Domain().Tree(domain.Owner).Remove("b", true); err != nil {
					t.Fatal(err)
				}
				if again {
					fill("b", "2")
				}
			}
			if when == "count" {
				s.count = goes
			} else {
				s.scan = goes
			}
			back, err := w.restoreInto(w.take(db), "back")
			if err != nil {
				t.Fatal(err)
			}
			if got := w.records(back, "a"); len(got) != 1 {
				t.Errorf("%s: of the other set there are %v", when, got)
			}
			set, err := back.Set(t.Context(), "b")
			if !again {
				wantCode(t, err, "e.thing.set.noexists")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := set.Get(t.Context(), "2"); err != nil {
				t.Errorf("%s: %v", when, err)
			}
			if n, err := set.Count(t.Context()); n != 1 || err != nil {
				t.Errorf("%s: %d things, %v", when, n, err)
			}
		}
	}
}
