package thingset_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// sorted gives the ids that a query finds, in a sort of so many bytes (0: as usual).
func sorted(t *testing.T, set *thingset.Set, q thingset.Query, room int) (ids []string, passes, matched int) {
	t.Helper()
	most, passes, matched, err := set.Sorted(t.Context(), thingset.Sorting(q, room), func(rec thingset.Record) { ids = append(ids, rec.ID) })
	if err != nil {
		t.Fatal(err)
	}
	if room > 0 && most > room+2*thingset.MaxLeanKey {
		t.Errorf("%+v: keys took %d bytes of %d", q, most, room)
	}
	return ids, passes, matched
}

// A sort that has no room for its records, nor for their keys, finds the same as one
// that has, whatever is skipped.
func TestSortsInLittleRoomFindTheSame(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "orders", `{indexes:["role"]}`)
	const n = 500
	long := strings.Repeat("x", 6000) // beyond where keys are cut
	var docs [][]byte
	for i := range n {
		text := fmt.Sprint(rand.IntN(500))
		switch rand.IntN(40) {
		case 0:
			text = long + text
		case 1:
			text = long[:4090] + strings.Repeat("!", rand.IntN(12)) + text
		}
		docs = append(docs, fmt.Appendf(nil, `{"n":%d,"s":%q,"role":"r%d","kind":"k%d"}`, rand.IntN(200), text, i%3, i%5))
	}
	if _, err := set.CreateAll(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, sort := range []string{`{n:1}`, `{n:-1}`, `{s:1}`, `{s:-1,n:1}`, `{role:1,n:-1}`, `{role:-1,s:1}`, `{n:1,id:-1}`, `{kind:1}`} {
		for _, m := range []string{`{}`, `{kind:"k1"}`, `[{role:"r1"},{role:"r2",n:[1,2,3,4]},{n:7}]`, `[{role:"r1"},{role:["r1","r2"]}]`} {
			for _, page := range [][2]int{{0, 0}, {0, 10}, {250, 20}, {490, 100}, {100, 200}, {350, 0}, {5000, 3}} {
				q := thingset.Query{Match: match(t, m), Sort: order(t, sort), Skip: page[0], Limit: page[1]}
				want, passes, matched := sorted(t, set, q, 1<<30)
				if passes > 0 {
					t.Fatalf("with room it takes %d passes more", passes)
				}
				got, passes, again := sorted(t, set, q, 4_000)
				if !slices.Equal(got, want) || matched != again {
					t.Fatalf("%s %s skip %d limit %d: %d of %d, want %d of %d (%d passes more)", sort, m, page[0], page[1], len(got), again, len(want), matched, passes)
				}
				most = max(most, passes)
			}
		}
	}
	if most < 3 {
		t.Errorf("at most %d passes: the room was not little", most)
	}
}

// What goes meanwhile, or matches no longer, is left out.
func TestASortLeavesOutWhatIsGone(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{}`)
	var docs [][]byte
	for i := range 1000 {
		docs = append(docs, fmt.Appendf(nil, `{"id":"a%03d","n":%d,"kind":"a"}`, i, i))
	}
	if _, err := set.CreateAll(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	var ids []string
	q := thingset.Sorting(thingset.Query{Match: match(t, `{kind:"a"}`), Sort: order(t, `{n:1}`)}, 5000)
	for rec, err := range set.Each(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, rec.ID); len(ids) == 1 {
			_, err := db.Commit(t.Context(), thingset.Write{Set: "orders", ID: "a001"}, thingset.Write{Set: "orders", ID: "a900"},
				thingset.Write{Set: "orders", ID: "a002", Body: []byte(`{"id":"a002","n":2,"kind":"b"}`)})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(ids) != 997 || slices.Contains(ids, "a001") || slices.Contains(ids, "a002") || slices.Contains(ids, "a900") || !slices.IsSorted(ids) {
		t.Errorf("%d things", len(ids))
	}
}

// fatThings is a set of things that take more than a sort keeps as they are, and
// their ids in the order of n.
func fatThings(t *testing.T) (*thingset.Set, []string) {
	t.Helper()
	set := newSet(t, newDB(t), "orders", `{}`)
	pad := strings.Repeat("p", thingset.TinySort/500)
	var docs [][]byte
	ids := make([]string, 1000)
	for i := range ids {
		ids[i*7%1000] = fmt.Sprintf("a%03d", i)
		docs = append(docs, fmt.Appendf(nil, `{"id":"a%03d","n":%d,"pad":%q}`, i, i*7%1000, pad))
	}
	if _, err := set.CreateAll(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	return set, ids
}

// However many sort at once, together they hold no more than their room, and all of
// it is given back.
func TestSortsShareTheirRoom(t *testing.T) {
	t.Parallel()
	set, want := fatThings(t)
	room := thingset.NewSortRoom(2*thingset.LeastLean, thingset.SmallSort)
	q := thingset.Sharing(thingset.Query{Sort: order(t, `{n:1}`)}, room)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			var got []string
			for rec, err := range set.Each(t.Context(), q) {
				if err != nil {
					t.Error(err)
				}
				got = append(got, rec.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d things of %d", len(got), len(want))
			}
		})
	}
	all.Wait()
	if keys, records := room.Left(); keys != 2*thingset.LeastLean || records != thingset.SmallSort {
		t.Errorf("%d and %d bytes are left", keys, records)
	}
}

// A sort whose page is read slowly keeps nobody else waiting: it gathers again what it
// has not given yet. So one that reads within another's page comes to its end.
func TestASortOfASlowReaderKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	set, want := fatThings(t)
	room := thingset.NewSortRoom(thingset.LeastLean, 0)
	q := thingset.Sharing(thingset.Query{Sort: order(t, `{n:1}`)}, room)
	one := q
	one.Skip, one.Limit = 500, 300
	var got []string
	for rec, err := range set.Each(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, rec.ID); len(got)%300 != 0 {
			continue
		}
		n := 0
		for rec, err := range set.Each(t.Context(), one) {
			if err != nil || rec.ID != want[500+n] {
				t.Fatalf("%v %v", rec.ID, err)
			}
			n++
		}
		if n != 300 {
			t.Errorf("%d things within", n)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d things of %d", len(got), len(want))
	}
	if keys, _ := room.Left(); keys != thingset.LeastLean {
		t.Errorf("%d bytes are left", keys)
	}
}

// waited is a context that tells who waits for its end.
type waited struct {
	context.Context
	tell func()
}

func (w waited) Done() <-chan struct{} {
	w.tell()
	return w.Context.Done()
}

// Who waits for room goes with its request.
func TestASortThatWaitsEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	set, _ := fatThings(t)
	ctx, cancel := context.WithCancel(t.Context())
	q := thingset.Sharing(thingset.Query{Sort: order(t, `{n:1}`)}, thingset.NewSortRoom(0, 0))
	if _, err := set.Query(waited{ctx, cancel}, q); domain.CodeOf(err) != "e.canceled" {
		t.Error(err)
	}
}
