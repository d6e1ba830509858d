package memstore_test

import (
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/memstore"
	"github.com/caryahq/carya/thingset/storetest"
)

func open(t testing.TB) thingset.Store {
	s := memstore.New(memstore.Options{})
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T)      { storetest.Run(t, open) }
func BenchmarkMemstore(b *testing.B) { storetest.Benchmark(b, open) }

func TestFeedIsBoundedByWholeCommits(t *testing.T) {
	t.Parallel()
	s := memstore.New(memstore.Options{Feed: 10})
	defer s.Close()
	if err := s.Define(t.Context(), "d", "s", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		batch := []thingset.Write{{Set: "s", ID: "a", Body: []byte("{}")}, {Set: "s", ID: "b", Body: []byte("{}")}, {Set: "s", ID: "c", Body: []byte("{}")}}
		if _, err := s.Commit(t.Context(), "d", batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range s.Changes(t.Context(), "d", 1) {
		if domain.CodeOf(err) != "e.store.feed" {
			t.Fatalf("got %v", err)
		}
	}
	n := 0
	for c, err := range s.Changes(t.Context(), "d", 16) {
		if n++; err != nil || c.Rev < 17 {
			t.Fatalf("revision %d, %v", c.Rev, err)
		}
	}
	if n != 12 {
		t.Fatalf("the feed holds %d changes after 16, want 12", n)
	}
}
