package thingset_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// balkyStore refuses to define sets while it balks, and drops what it is told to drop but
// cannot move the folder away.
type balkyStore struct {
	thingset.Store
	balks error
}

func (s *balkyStore) Define(ctx context.Context, dom, set string, def thingset.Def) error {
	if s.balks != nil {
		return s.balks
	}
	return s.Store.Define(ctx, dom, set, def)
}

func (s *balkyStore) Drop(ctx context.Context, dom, folder string) error {
	if err := s.Store.Drop(ctx, dom, folder); err != nil {
		return err
	}
	return s.balks
}

func newBalkyDB(t *testing.T) (*thingset.DB, *balkyStore) {
	first := newDB(t)
	s := &balkyStore{Store: first.Store()}
	return thingset.NewDB(first.Domain(), s).RunScripts(nil, slog.New(slog.DiscardHandler)), s
}

// While the folder of a set that was dropped is still there its thing.json makes no set, and
// says why; as soon as it is away there can be one again, also for those who held the one before.
func TestASetWaitsForTheFolderOfTheOneBefore(t *testing.T) {
	t.Parallel()
	db, store := newBalkyDB(t)
	held := newSet(t, db, "shop/orders", "{}")
	imported(t, held, thingset.Import{Source: "list", Resume: true}, `{"id":"a"}`)
	store.balks = domain.E("e.store.write")
	if err := db.Domain().Tree(domain.Owner).Remove("shop", true); domain.CodeOf(err) != "e.store.write" {
		t.Fatal(err)
	}
	if _, err := db.Set(t.Context(), "shop/orders"); domain.CodeOf(err) != "e.store.write" {
		t.Errorf("a new one: %v", err)
	}
	if _, err := held.Create(t.Context(), []byte(`{"id":"b"}`)); domain.CodeOf(err) != "e.store.write" {
		t.Errorf("who holds it: %v", err)
	}
	if err := db.Answers(t.Context()); err != nil {
		t.Errorf("a set that is gone does not answer: %v", err)
	}
	store.balks = nil
	again := newSet(t, db, "shop/orders", "{}")
	if got, _ := imported(t, again, thingset.Import{Source: "list", Resume: true}, `{"id":"a"}`); got.Created != 1 {
		t.Errorf("imported: %+v", got)
	}
	if n, err := held.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("who holds it: %d things, %v", n, err)
	}
}

// What keeps the engine from taking a new thing.json for a moment is no fault of the file:
// the one before stays, and the new one counts as soon as it can.
func TestANewSchemaWaitsForTheEngine(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"e.busy", "e.canceled", "e.timeout", "e.store.closed", "e.store.write"} {
		db, store := newBalkyDB(t)
		set := newSet(t, db, "orders", "{}")
		store.balks = domain.E(code)
		if err := db.Domain().Tree(domain.Owner).WriteFile("orders/thing.json", []byte(`{uniqueKeys:[{name:"nm"}]}`)); err != nil {
			t.Fatal(err)
		}
		if _, err := set.Create(t.Context(), []byte(`{"nm":"ann"}`)); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if faults := db.Check(); len(faults) > 0 {
			t.Errorf("%s is a fault of the file: %v", code, faults)
		}
		store.balks = nil
		if _, err := set.Create(t.Context(), []byte(`{"nm":"ann"}`)); domain.CodeOf(err) != "e.thing.ukey.duplicated" {
			t.Errorf("after %s: %v", code, err)
		}
	}
}
