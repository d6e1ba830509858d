package thingset_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/memstore"
)

// watched takes n events of a watch.
func watched(t *testing.T, set *thingset.Set, o thingset.Watching, n int) (out []thingset.News) {
	t.Helper()
	for e, err := range set.Watch(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, e); len(out) == n {
			return out
		}
	}
	t.Fatalf("it ended after %d", len(out))
	return nil
}

func TestWatchersSeeWhatOthersWriteMeanwhile(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "orders", `{}`)
	create(t, set, `{"nm":"before"}`)
	const writers, each = 8, 50
	ready := make(chan []thingset.News)
	for range 3 {
		go func() {
			var all []thingset.News
			first := true
			for e, err := range set.Watch(t.Context(), thingset.Watching{Now: true, Beat: time.Millisecond}) {
				if err != nil {
					t.Error(err)
					break
				}
				if first {
					ready <- nil
				}
				first = false
				if e.ID != "" {
					if all = append(all, e); len(all) == writers*each {
						break
					}
				}
			}
			ready <- all
		}()
	}
	for range 3 {
		<-ready
	}
	for w := range writers {
		go func() {
			for i := range each {
				if _, err := set.Create(t.Context(), fmt.Appendf(nil, `{"nm":"%d-%d"}`, w, i)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range 3 {
		seen := map[string]bool{}
		last := thingset.Rev(0)
		for _, e := range <-ready {
			if e.Kind != thingset.Created || e.Rev <= last || !e.Last || seen[e.ID] {
				t.Errorf("%+v after %d", e, last)
			}
			last, seen[e.ID] = e.Rev, true
		}
	}
}

func TestASlowWatcherIsToldThatItLost(t *testing.T) {
	t.Parallel()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New(memstore.Options{Feed: 10})
	t.Cleanup(func() { s.Close(); root.Close() })
	set := newSet(t, thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler)), "orders", `{}`)
	create(t, set, `{"nm":"first"}`)
	step := 0
	for e, err := range set.Watch(t.Context(), thingset.Watching{After: 0}) {
		if err != nil {
			t.Fatal(err)
		}
		switch step++; step {
		case 1:
			if e.Kind != thingset.Created {
				t.Errorf("%+v", e)
			}
			for i := range 50 { // the watcher is slow; nobody waits for it
				create(t, set, fmt.Sprintf(`{"nm":"%d"}`, i))
			}
		case 2:
			if e.Kind != thingset.Lost || e.Rev != 51 || e.ID != "" {
				t.Errorf("%+v", e)
			}
			create(t, set, `{"nm":"after"}`)
		case 3:
			if e.Kind != thingset.Created || e.Rev != 52 {
				t.Errorf("%+v", e)
			}
			return
		}
	}
}

func TestOnlyTheLastOfARevisionIsMarked(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set, other := newSet(t, db, "orders", `{}`), newSet(t, db, "bills", `{}`)
	write := func(s *thingset.Set, id string, n int) thingset.Write {
		return thingset.Write{Set: string(s.Path()), ID: id, Body: fmt.Appendf(nil, `{"id":%q,"n":%d}`, id, n)}
	}
	for range 2 {
		if _, err := db.Commit(t.Context(), write(other, "x", 1), write(set, "a", 1), write(other, "y", 1), write(set, "b", 1), write(set, "c", 2), write(other, "z", 1)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := thingset.ParseMatch(`{n:1}`)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range watched(t, set, thingset.Watching{Match: m}, 4) {
		got += fmt.Sprint(e.Rev, e.ID, e.Kind, e.Last, " ")
	}
	if want := "1acreatedfalse 1bcreatedtrue 2aupdatedfalse 2bupdatedtrue "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAWatchEndsWithItsContextAndWithTheStore(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for e, err := range set.Watch(ctx, thingset.Watching{Beat: time.Millisecond}) {
		if err != nil {
			wantCode(t, err, "e.canceled")
			break
		}
		if e.Kind != thingset.Beat {
			t.Errorf("%+v", e)
		}
		cancel()
	}
	for _, err := range set.Watch(t.Context(), thingset.Watching{Beat: time.Millisecond}) {
		if err != nil {
			wantCode(t, err, "e.store.closed")
			break
		}
		db.Store().Close()
	}
}

// lookedAt counts how often somebody reads the feed of a store.
type lookedAt struct {
	thingset.Store
	looks atomic.Int64
}

func (l *lookedAt) Changes(ctx context.Context, dom string, after thingset.Rev) iter.Seq2[thingset.Change, error] {
	l.looks.Add(1)
	return l.Store.Changes(ctx, dom, after)
}

// A commit to another set wakes all watchers of the domain: they look no more often than now
// and then, and miss nothing.
func TestAWatcherRestsWhileOtherSetsChange(t *testing.T) {
	t.Parallel()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := &lookedAt{Store: memstore.New(memstore.Options{})}
	t.Cleanup(func() { s.Close(); root.Close() })
	db := thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler))
	set, other := newSet(t, db, "orders", `{}`), newSet(t, db, "bills", `{}`)
	seen := make(chan thingset.News)
	go func() {
		for e, err := range set.Watch(t.Context(), thingset.Watching{After: 0}) {
			if err != nil {
				return
			}
			seen <- e
		}
	}()
	create(t, set, `{"nm":"first"}`)
	<-seen
	begun, before := time.Now(), s.looks.Load()
	for i := range 300 {
		create(t, other, fmt.Sprintf(`{"nm":"%d"}`, i))
		runtime.Gosched() // who is woken looks
	}
	id := create(t, set, `{"nm":"last"}`).ID
	if e := <-seen; e.ID != id {
		t.Errorf("%+v, want %s", e, id)
	}
	if n, most := s.looks.Load()-before, int64(time.Since(begun)/(50*time.Millisecond))+3; n > most {
		t.Errorf("it looked %d times, at most %d times would do", n, most)
	}
}
