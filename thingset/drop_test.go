package thingset_test

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Whoever removes a folder removes the things of the sets in it; a set that is made there
// again is empty, also for those who still hold the one before.
func TestRemovingAFolderDropsItsSets(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	tree := db.Domain().Tree(domain.Owner)
	const schema = `{uniqueKeys:[{name:"nm"}]}`
	first := newSet(t, db, "shop/orders", schema)
	beside := newSet(t, db, "shop2", schema)
	records, err := db.Plain(t.Context(), "shop/records", thingset.Def{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*thingset.Set{first, beside} {
		if _, err := s.Create(t.Context(), []byte(`{"id":"a","nm":"ann"}`)); err != nil {
			t.Fatal(err)
		}
	}
	before, err := db.Commit(t.Context(), thingset.Write{Set: "shop/records", ID: "r", Body: []byte(`{"id":"r"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Remove("shop", false); domain.CodeOf(err) != "e.io.obj.notempty" {
		t.Fatalf("not recursive: %v", err)
	}
	if err := tree.Remove("shop", true); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Create(t.Context(), []byte(`{"id":"b"}`)); domain.CodeOf(err) != "e.thing.set.noexists" {
		t.Errorf("created: %v", err)
	}
	told := map[string]bool{}
	for c, err := range db.Store().Changes(t.Context(), "demo", before) {
		if err != nil {
			t.Fatal(err)
		}
		told[c.Set+"/"+c.ID] = c.Body == nil
	}
	if len(told) != 2 || !told["shop/orders/a"] || !told["shop/records/r"] {
		t.Errorf("the feed tells %v", told)
	}
	again := newSet(t, db, "shop/orders", schema)
	for _, s := range []*thingset.Set{again, first} {
		if n, err := s.Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d things, %v", n, err)
		}
	}
	if _, err := again.Create(t.Context(), []byte(`{"id":"a","nm":"ann"}`)); err != nil {
		t.Error(err)
	}
	if _, err := first.Get(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if n, err := records.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	if n, err := beside.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("beside it: %d things, %v", n, err)
	}
}

// One who holds a set that was removed and made again with the same thing.json does not
// need to ask for it anew.
func TestASetThatWasMadeAgainAnswersThoseWhoHoldIt(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", "{}")
	tree := db.Domain().Tree(domain.Owner)
	if err := tree.Remove("orders", true); err != nil {
		t.Fatal(err)
	}
	if err := tree.WriteFile("orders/thing.json", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Create(t.Context(), []byte(`{"id":"a"}`)); err != nil {
		t.Error(err)
	}
}

// An import into a set that was made again begins with the first row.
func TestADroppedSetForgetsItsImports(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	load := func() thingset.Imported {
		t.Helper()
		got, bad := imported(t, newSet(t, db, "orders", "{}"), thingset.Import{Source: "list", Resume: true}, `{"id":"a"}`, `{"id":"b"}`)
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		return got
	}
	if got := load(); got.Created != 2 {
		t.Fatalf("%+v", got)
	}
	if err := db.Domain().Tree(domain.Owner).Remove("orders", true); err != nil {
		t.Fatal(err)
	}
	if got := load(); got.Created != 2 {
		t.Errorf("%+v", got)
	}
	if n, err := newSet(t, db, "orders", "{}").Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d things, %v", n, err)
	}
}

// A folder with a set in it keeps its name; others do not.
func TestAFolderWithASetIsNotMoved(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	newSet(t, db, "shop/orders", "{}")
	tree := db.Domain().Tree(domain.Owner)
	for _, path := range []domain.Path{"shop", "shop/orders"} {
		err := tree.Rename(path, "away")
		if domain.CodeOf(err) != "e.io.forbidden" || !strings.Contains(err.Error(), "carya doctor demo --repair") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := tree.Mkdir("other"); err != nil {
		t.Fatal(err)
	}
	if err := tree.Rename("other", "away"); err != nil {
		t.Error(err)
	}
}
