package thingset_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// linkedSets are people whose names orders copy.
func linkedSets(t *testing.T, db *thingset.DB, orders int) (people, copies *thingset.Set) {
	t.Helper()
	people = newSet(t, db, "people", `{loose:-1,linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm"}}]}`)
	copies = newSet(t, db, "orders", `{loose:-1,indexes:["uid"],fields:[{key:"buyer",validate:{maxLength:9}}]}`)
	create(t, people, `{"id":"p","nm":"ann"}`)
	many(t, copies, orders, `{"id":%q,"uid":"p","buyer":"ann"}`)
	return people, copies
}

// Several change the same thing at once: in the end all copies are of the last
// change, and nothing is left to do.
func TestLinksEndWithTheLastOfManyChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, db *thingset.DB) {
		people, orders := linkedSets(t, db, 50)
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for n := range 10 {
					if _, err := people.Update(t.Context(), "p", fmt.Appendf(nil, `{"nm":"n%d-%d"}`, w, n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		name := member(thingOf(t, people, "p"), "nm")
		if got := values(t, orders, "buyer"); got[name] != 50 {
			t.Errorf("%s is copied as %v", name, got)
		}
		checkNoErrands(t, db)
	})
}

// A change that no link follows is one commit and one record, also where there are
// links; a set's watcher sees the set alone.
func TestLinksCostNothingWhereTheyHaveNothingToDo(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	people, orders := linkedSets(t, db, 1)
	update := func(set *thingset.Set, id, patch string) (changes []string) {
		before, _ := db.Commit(t.Context())
		if _, err := set.Update(t.Context(), id, []byte(patch)); err != nil {
			t.Fatal(err)
		}
		for c, err := range db.Store().Changes(t.Context(), "demo", before) {
			if err != nil {
				t.Fatal(err)
			}
			changes = append(changes, fmt.Sprint(c.Rev-before, " ", c.Set, " ", c.Body != nil))
		}
		return changes
	}
	for _, c := range []struct {
		set       *thingset.Set
		id, patch string
		want      string
	}{
		{orders, "t00000", `{"x":1}`, "[1 orders true]"},
		{people, "p", `{"x":1}`, "[1 people true]"},
		{people, "p", `{"nm":"ann"}`, "[1 people true]"},
		{people, "p", `{"nm":"eve"}`, "[1 .domain/links true 1 people true 2 orders true 3 .domain/links false]"},
	} {
		if got := fmt.Sprint(update(c.set, c.id, c.patch)); got != c.want {
			t.Errorf("%s: %s, want %s", c.patch, got, c.want)
		}
	}
	for e, err := range people.Watch(t.Context(), thingset.Watching{}) {
		if err != nil || e.ID != "p" {
			t.Errorf("%v %v", e, err)
		}
		if thingset.Field(e.Body, "nm").Str == "eve" {
			break
		}
	}
}

// A call that is canceled while links follow its change leaves them to the
// follower, and so does an import.
func TestACanceledCallLeavesLinksToTheFollower(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	db.RunScripts(func(thingset.Script) (thingset.Hook, []domain.Fault) {
		return func(context.Context, thingset.Call) error { cancel(); return nil }, nil
	}, slog.New(slog.DiscardHandler))
	people := newSet(t, db, "people", `{onUpdated:"cancel",uniqueKeys:[{name:"no"}],linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm"}}]}`)
	orders := newSet(t, db, "orders", `{}`)
	create(t, people, `{"id":"p","no":1}`)
	many(t, orders, 3, `{"id":%q,"uid":"p"}`)
	after, _ := db.Commit(t.Context())
	if _, err := people.Import(ctx, rowsOf(`{"no":1,"nm":"eve"}`), thingset.Import{Unique: []string{"no"}}); err != nil {
		t.Fatal(err)
	}
	if got := values(t, orders, "buyer"); got[`"eve"`] != 0 {
		t.Fatalf("it was not canceled: %v", got)
	}
	db.Start()
	defer db.Stop()
	for e, err := range orders.Watch(t.Context(), thingset.Watching{After: after}) {
		if err != nil || thingset.Field(e.Body, "buyer").Str != "eve" {
			t.Fatalf("%s, %v", e.Body, err)
		}
		if e.Last {
			break
		}
	}
	if got := values(t, orders, "buyer"); got[`"eve"`] != 3 {
		t.Errorf("the copies are %v", got)
	}
	db.Stop()
	if err := db.FollowLinks(t.Context()); err != nil {
		t.Error(err)
	}
	checkNoErrands(t, db)
}

// What the other things refuse is not asked again, and does not keep others from
// their copy; links in a circle end.
func TestLinksThatCannotBeFollowedEnd(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	people, orders := linkedSets(t, db, 3)
	if _, err := people.Update(t.Context(), "p", []byte(`{"nm":"a name that is too long"}`)); err != nil {
		t.Fatal(err)
	}
	if got := values(t, orders, "buyer"); got[`"ann"`] != 3 {
		t.Errorf("the copies are %v", got)
	}
	checkNoErrands(t, db)

	seats := newSet(t, db, "orders", `{uniqueKeys:[{name:["buyer","seat"]}]}`)
	for _, doc := range []string{`{"id":"x","uid":"p","buyer":"ann","seat":1}`, `{"id":"y","uid":"p","buyer":"ann","seat":2}`, `{"id":"z","uid":"q","buyer":"eve","seat":2}`} {
		create(t, seats, doc)
	}
	if _, err := people.Update(t.Context(), "p", []byte(`{"nm":"eve"}`)); err != nil {
		t.Fatal(err)
	}
	if x, y := thingOf(t, seats, "x"), thingOf(t, seats, "y"); member(x, "buyer") != `"eve"` || member(y, "buyer") != `"ann"` {
		t.Errorf("%s, %s", x.Body, y.Body)
	}
	checkNoErrands(t, db)

	a := newSet(t, db, "a", `{linkKeys:[{set:"~/b",by:{x:"x"},copy:{n:"m"}}]}`)
	b := newSet(t, db, "b", `{linkKeys:[{set:"~/a",by:{x:"x"},copy:{o:"n"}},{set:"~/gone",by:{x:"x"},copy:{o:"n"}},{set:"~/a",by:{x:"x"},copy:{m:"k"}}]}`)
	create(t, a, `{"id":"a","x":"1"}`)
	create(t, b, `{"id":"b","x":"1","k":"z"}`)
	if _, err := a.Update(t.Context(), "a", []byte(`{"m":"1"}`)); err != nil {
		t.Fatal(err)
	}
	if rec := thingOf(t, b, "b"); member(rec, "n") != `"1"` {
		t.Errorf("%s", rec.Body)
	}
	if rec := thingOf(t, a, "a"); member(rec, "o") != `"1"` {
		t.Errorf("%s", rec.Body)
	}
	checkNoErrands(t, db)
}
