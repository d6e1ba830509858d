package thingset_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// onBoth runs a test over the store in memory and over the real one.
func onBoth(t *testing.T, f func(t *testing.T, db *thingset.DB)) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, newDB(t))
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		db, stop := stored(t, t.TempDir())
		t.Cleanup(stop)
		f(t, db)
	})
}

// many makes things t0, t1, … of a member n.
func many(t testing.TB, set *thingset.Set, n int, doc string) (ids []string) {
	t.Helper()
	var docs [][]byte
	for i := range n {
		ids = append(ids, fmt.Sprintf("t%05d", i))
		docs = append(docs, fmt.Appendf(nil, doc, ids[i]))
	}
	if _, err := set.CreateAll(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	return ids
}

// values are how often each value of a member stands in a set, also in its bin.
func values(t testing.TB, set *thingset.Set, key string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for rec, err := range set.Each(t.Context(), thingset.Query{Bin: true}) {
		if err != nil {
			t.Fatal(err)
		}
		out[member(rec, key)]++
	}
	return out
}

func TestSeveralThingsAreOneCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, db *thingset.DB) {
		set := newSet(t, db, "t", `{uniqueKeys:[{name:"u"}],fields:[{key:"n",validate:{intRange:"[0,9]"}}]}`)
		three := func() {
			if _, err := set.CreateAll(t.Context(), [][]byte{[]byte(`{"id":"a","u":"1","n":1}`), []byte(`{"id":"b","u":"2","n":9}`), []byte(`{"id":"c","u":"3","n":3}`)}); err != nil {
				t.Fatal(err)
			}
		}
		three()
		update := func(patch, by string, ids ...string) error {
			var add []byte
			if by != "" {
				add = []byte(by)
			}
			_, err := set.UpdateAll(t.Context(), ids, []byte(patch), add, thingset.Batch{})
			return err
		}
		one := thingset.Batch{}
		for _, c := range []struct {
			name, code string
			do         func() error
		}{
			{"a unique value", "e.thing.ukey.duplicated", func() error { return update(`{"u":"same"}`, "", "a", "b", "c") }},
			{"a field's check", "e.thing.fld.intRange", func() error { return update(`{}`, `{"n":1}`, "a", "b", "c") }},
			{"an id that is not there", "e.thing.noexists", func() error { return update(`{"n":5}`, "", "a", "nope") }},
			{"to the bin", "e.thing.noexists", func() error { return set.DeleteAll(t.Context(), []string{"a", "nope"}, false, one) }},
			{"for good", "e.thing.noexists", func() error { return set.DeleteAll(t.Context(), []string{"a", "nope"}, true, one) }},
			{"upserts", "e.thing.fld.intRange", func() error {
				_, err := set.UpsertAll(t.Context(), []string{"u"}, [][]byte{[]byte(`{"u":"1","n":7}`), []byte(`{"u":"9"}`), []byte(`{"u":"2","n":10}`)}, nil)
				return err
			}},
		} {
			before, _ := db.Commit(t.Context())
			if err := c.do(); domain.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
			if after, _ := db.Commit(t.Context()); after != before {
				t.Errorf("%s: %d commits were made", c.name, after-before)
			}
		}
		for _, do := range []func() error{
			func() error { return update(`{"n":4}`, "", "a", "b", "c") },
			func() error { return set.DeleteAll(t.Context(), []string{"a", "b", "c"}, false, one) },
			func() error { _, err := set.RestoreAll(t.Context(), []string{"c", "a"}, one); return err },
			func() error { return set.DeleteAll(t.Context(), []string{"a", "b", "c", "a"}, true, one) },
		} {
			before, _ := db.Commit(t.Context())
			if err := do(); err != nil {
				t.Error(err)
			}
			if after, _ := db.Commit(t.Context()); after != before+1 {
				t.Errorf("%d commits were made", after-before)
			}
		}
	})
}

// Whoever reads while thousands are changed sees all of a commit or nothing of it.
func TestAReaderSeesNoHalfOfABatch(t *testing.T) {
	onBoth(t, func(t *testing.T, db *thingset.DB) {
		set := newSet(t, db, "t", `{}`)
		ids := many(t, set, 3000, `{"id":%q,"n":0}`)
		after, _ := db.Commit(t.Context())
		for n := range 3 {
			if _, err := set.UpdateAll(t.Context(), ids, fmt.Appendf(nil, `{"n":%d}`, n+1), nil, thingset.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		seen, events := map[string]string{}, 0
		for e, err := range set.Watch(t.Context(), thingset.Watching{After: after}) {
			if err != nil {
				t.Fatal(err)
			}
			seen[e.ID] = thingset.Field(e.Body, "n").Raw
			if events++; !e.Last {
				continue
			}
			if whole := values(t, set, "n"); len(whole) != 1 || len(seen) != len(ids) {
				t.Fatalf("a commit of %d things; the set holds %v", len(seen), whole)
			}
			if clear(seen); events == 3*len(ids) {
				break
			}
		}
	})
}

// A thing that somebody changes without a pause does not keep a batch from its end,
// and loses nothing.
func TestABatchEndsBesideAHotThing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *thingset.DB) {
		set := newSet(t, db, "t", `{}`)
		ids := many(t, set, 2000, `{"id":%q,"n":0,"hits":0}`)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		hits := make([]int, 4)
		for w := range hits {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := set.UpdateAdding(t.Context(), ids[w], []byte(`{}`), []byte(`{"hits":1}`)); err != nil {
						t.Error(err)
						return
					}
					hits[w]++
				}
			})
		}
		for n := range 5 {
			if _, err := set.UpdateAll(t.Context(), ids, []byte(`{}`), []byte(`{"n":1}`), thingset.Batch{}); err != nil {
				t.Errorf("batch %d: %v", n, err)
			}
		}
		stop()
		wg.Wait()
		if got := values(t, set, "n"); got["5"] != len(ids) {
			t.Errorf("the batches came to %v", got)
		}
		for w, n := range hits {
			rec, err := set.Get(t.Context(), ids[w])
			if err != nil || member(rec, "hits") != fmt.Sprint(n) {
				t.Errorf("%d hits, there is %s %v", n, rec.Body, err)
			}
		}
	})
}

// More things than one commit takes are changed in several; the same call goes on
// where one was cut off, and leaves alone what is done.
func TestMoreThanOneCommit(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "t", `{fields:[{key:"no",validate:{maxLength:3}}]}`)
	ids := many(t, set, 2*thingset.BatchMax+5, `{"id":%q,"n":0}`)
	var steps []int
	o := thingset.Batch{Progress: func(done, total int) { steps = append(steps, done) }}
	missing := append(slices.Clone(ids), "zzz")
	_, err := set.UpdateAll(t.Context(), missing, []byte(`{"n":1}`), nil, o)
	wantCode(t, err, "e.thing.noexists")
	wantCode(t, set.DeleteAll(t.Context(), missing, true, o), "e.thing.noexists")
	_, err = set.UpdateAll(t.Context(), ids, []byte(`{}`), []byte(`{"n":1}`), o)
	wantCode(t, err, "e.cmd.arg")
	if n, _ := set.Count(t.Context()); len(steps) > 0 || values(t, set, "n")["0"] != n {
		t.Fatalf("something was changed: %v %v", steps, values(t, set, "n"))
	}

	ctx, cancel := context.WithCancel(t.Context())
	cut := thingset.Batch{Progress: func(done, _ int) { cancel() }}
	slices.Reverse(ids)
	_, err = set.UpdateAll(ctx, ids, []byte(`{"n":1}`), nil, cut)
	wantCode(t, err, "e.canceled")
	first, _ := set.Get(t.Context(), "t00000")
	if got := values(t, set, "n"); got["1"] != thingset.BatchMax || member(first, "n") != "1" {
		t.Fatalf("cut off behind the first commit: %v, the first is %s", got, first.Body)
	}
	list, err := set.UpdateAll(t.Context(), ids, []byte(`{"n":1}`), nil, o)
	if got := values(t, set, "n"); err != nil || got["1"] != len(ids) || len(list) != len(ids) {
		t.Fatalf("the same call again: %v, %v, %d things", err, got, len(list))
	}
	if again, _ := set.Get(t.Context(), "t00000"); again.Rev != first.Rev {
		t.Error("what was done is done again")
	}
	if want := []int{thingset.BatchMax, 2 * thingset.BatchMax, len(ids)}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if err := set.DeleteAll(t.Context(), missing, false, thingset.Batch{Pass: true}); err != nil {
		t.Fatal(err)
	}
	if n, err := set.Clean(t.Context(), thingset.Batch{}); n != len(ids) || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
}

// Bodies bound a commit, too, and what is missing behind the first is found before.
func TestBytesBoundACommit(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "t", `{}`)
	ids := many(t, set, 60, `{"id":%q,"n":0,"pad":"`+fmt.Sprintf("%01000000d", 0)+`"}`)
	_, err := set.UpdateAll(t.Context(), append(ids, "nope"), []byte(`{"n":1}`), nil, thingset.Batch{})
	wantCode(t, err, "e.thing.noexists")
	if got := values(t, set, "n"); got["0"] != len(ids) {
		t.Fatalf("something was changed: %v", got)
	}
	commits := 0
	_, err = set.UpdateAll(t.Context(), ids, []byte(`{"n":1}`), nil, thingset.Batch{Progress: func(int, int) { commits++ }})
	if got := values(t, set, "n"); err != nil || got["1"] != len(ids) || commits != 2 {
		t.Errorf("%v, %v in %d commits", err, got, commits)
	}
}

// A script that refuses one keeps all; one that takes another of them away does
// not stop the verb.
func TestScriptsOfABatch(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	var set *thingset.Set
	var gone []string
	db.RunScripts(func(s thingset.Script) (thingset.Hook, []domain.Fault) {
		return func(ctx context.Context, c thingset.Call) error {
			switch {
			case c.Event == thingset.OnDeleted:
				gone = append(gone, c.ID)
			case thingset.Field(c.Old, "keep").Bool():
				return domain.E("e.auth.nopvg", "it stays")
			case c.ID == "a":
				return set.Delete(ctx, "b", true)
			}
			return nil
		}, nil
	}, nil)
	set = newSet(t, db, "t", `{onBeforeDelete:"ask",onDeleted:"gone"}`)
	for _, doc := range []string{`{"id":"b"}`, `{"id":"a"}`, `{"id":"c"}`, `{"id":"d","keep":true}`} {
		create(t, set, doc)
	}
	wantCode(t, set.DeleteAll(t.Context(), []string{"c", "d"}, false, thingset.Batch{}), "e.auth.nopvg")
	if len(gone) > 0 {
		t.Errorf("%v went", gone)
	}
	if err := set.DeleteAll(t.Context(), []string{"a", "b", "c"}, false, thingset.Batch{}); err != nil {
		t.Error(err)
	}
	if want := []string{"b", "a", "c"}; !slices.Equal(gone, want) {
		t.Errorf("%v went, want %v", gone, want)
	}
}

// meddler is a store in which somebody changes a thing whenever a batch is about
// to be committed, as long as he can.
type meddler struct {
	thingset.Store
	meddle func()
	times  int
}

func (s *meddler) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	if len(batch) > 1 && s.meddle != nil {
		done := make(chan struct{})
		go func() { defer close(done); s.meddle() }()
		select {
		case <-done:
			s.times++
		case <-time.After(100 * time.Millisecond): // he waits for the batch
		}
	}
	return s.Store.Commit(ctx, dom, batch)
}

// A batch that always finds one of its things changed has the others wait for it.
func TestABatchThatAlwaysComesTooLateHasOthersWait(t *testing.T) {
	t.Parallel()
	plain := newDB(t)
	store := &meddler{Store: plain.Store()}
	db := thingset.NewDB(plain.Domain(), store)
	set := newSet(t, db, "t", `{}`)
	ids := many(t, set, 10, `{"id":%q,"n":0,"hits":0}`)
	var wg sync.WaitGroup
	store.meddle = func() {
		wg.Add(1)
		defer wg.Done()
		if _, err := set.UpdateAdding(t.Context(), ids[3], []byte(`{}`), []byte(`{"hits":1}`)); err != nil {
			t.Error(err)
		}
	}
	if _, err := set.UpdateAll(t.Context(), ids, []byte(`{"n":1}`), nil, thingset.Batch{}); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	rec := thingOf(t, set, ids[3])
	if store.times == 0 || member(rec, "n") != "1" || member(rec, "hits") != fmt.Sprint(store.times+1) {
		t.Errorf("changed %d times before the batch; it is %s", store.times, rec.Body)
	}
}

// What is told thing by thing is not gathered, and an id that stands twice counts once,
// in one commit and in several.
func TestABatchTellsOfItsThingsOneByOne(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "orders", `{}`)
	var docs [][]byte
	var ids []string
	for i := range thingset.BatchMax + 10 {
		ids = append(ids, fmt.Sprintf("a%05d", i))
		docs = append(docs, fmt.Appendf(nil, `{"id":"a%05d"}`, i))
	}
	if _, err := set.CreateAll(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{10, len(ids)} {
		told := map[string]bool{}
		o := thingset.Batch{Each: func(rec thingset.Record) { told[rec.ID] = strings.Contains(string(rec.Body), fmt.Sprint(`"n":`, n)) }}
		list, err := set.UpdateAll(t.Context(), append(ids[:n:n], ids[0]), fmt.Appendf(nil, `{"n":%d}`, n), nil, o)
		if err != nil || len(list) != 0 || len(told) != n || !told[ids[n-1]] {
			t.Errorf("%d: told of %d, a list of %d, %v", n, len(told), len(list), err)
		}
	}
}
