package thingset_test

import (
	"context"
	"slices"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// laggingStore notes what it is to settle.
type laggingStore struct {
	thingset.Store
	asked []string
}

func (s *laggingStore) Settle(_ context.Context, _, path string) error {
	s.asked = append(s.asked, path)
	return nil
}

// The engine is asked to settle what is copied when it is, has or lies in a set.
func TestWhatIsCopiedIsSettled(t *testing.T) {
	t.Parallel()
	first := newDB(t)
	s := &laggingStore{Store: first.Store()}
	db := thingset.NewDB(first.Domain(), s)
	newSet(t, db, "shop/orders", "{}")
	tree := db.Domain().Tree(domain.Owner)
	for _, path := range []domain.Path{"shop/page.html", "plain/page.html"} {
		if err := tree.WriteFile(path, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []domain.Path{"shop/orders", "shop", "", "shop/orders/index/a.json", "shop/page.html", "plain", "shop/orders/data/a/x"} {
		if err := tree.Settle(path); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"shop/orders", "shop", "", "shop/orders/index/a.json"}; !slices.Equal(s.asked, want) {
		t.Errorf("it was asked for %q", s.asked)
	}
}
