package thingset_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// rowsOf are documents, one a line; one that begins with ! is a row with an error.
func rowsOf(docs ...string) iter.Seq2[thingset.Row, error] {
	return func(yield func(thingset.Row, error) bool) {
		for i, doc := range docs {
			row := thingset.Row{Line: i + 1, Doc: []byte(doc)}
			if rest, ok := strings.CutPrefix(doc, "!"); ok {
				row = thingset.Row{Line: i + 1, Err: domain.E("e.cmd.arg", rest)}
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// numbered are n people from a number on.
func numbered(from, n int) (docs []string) {
	for i := from; i < from+n; i++ {
		docs = append(docs, fmt.Sprintf(`{"nm":"p%d","phone":%d}`, i, i))
	}
	return docs
}

func imported(t *testing.T, s *thingset.Set, o thingset.Import, docs ...string) (thingset.Imported, []string) {
	t.Helper()
	var bad []string
	o.Bad = func(line int, err error) {
		bad = append(bad, fmt.Sprintf("%d %s", line, strings.TrimSpace(err.Error())))
	}
	done, err := s.Import(t.Context(), rowsOf(docs...), o)
	if err != nil {
		t.Fatal(err)
	}
	return done, bad
}

func TestImportKeepsTheGoodRowsAndNamesTheBad(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	create(t, set, `{"id":"here","nm":"old","phone":"7"}`)
	docs := []string{
		`{"nm":"aa","phone":1}`, `{"nm":"aa"}`, `{"phone":2}`, `!broken`, `[1]`, `{"nm":"bb","phone":"7"}`,
		`{"id":"here","nm":"cc"}`, `{"id":"a/b","nm":"dd"}`, `{"id":"x1","nm":"ee"}`, `{"id":"x1","nm":"ff"}`, `{"nm":"gg","age":200}`,
	}
	done, bad := imported(t, set, thingset.Import{}, docs...)
	want := []string{
		"2 e.thing.ukey.duplicated : nm", "3 e.thing.fld.notNull : nm", "4 e.cmd.arg : broken", "5 e.json : a thing is a JSON object",
		"6 e.thing.ukey.duplicated : phone", "7 e.thing.ukey.duplicated : id", "8 e.thing.id : a/b", "10 e.thing.ukey.duplicated : id",
		"11 e.thing.fld.intRange : age",
	}
	for i, w := range want {
		if i >= len(bad) || !strings.HasPrefix(bad[i], w) {
			t.Fatalf("bad rows are\n%s\nwant\n%s", strings.Join(bad, "\n"), strings.Join(want, "\n"))
		}
	}
	if done.Rows != 11 || done.Created != 2 || done.Bad != 9 || done.Line != 11 {
		t.Errorf("%+v", done)
	}
	if n, _ := set.Count(t.Context()); n != 3 {
		t.Errorf("%d things", n)
	}
}

func TestImportUpdatesByAUniqueKey(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	old := create(t, set, `{"nm":"aa","phone":1,"age":3}`)
	done, bad := imported(t, set, thingset.Import{Unique: []string{"phone"}},
		`{"phone":"1","age":4}`, `{"phone":"1","age":5,"ct":1}`, `{"nm":"bb","phone":2}`, `{"phone":3}`, `{"nm":"cc"}`, `{"phone":2,"nm":"aa"}`, `{"phone":2,"age":6}`)
	if done.Created != 1 || done.Updated != 3 || len(bad) != 3 {
		t.Errorf("%+v %q", done, bad)
	}
	rec, err := set.Get(t.Context(), old.ID)
	if err != nil || member(rec, "age") != "5" || member(rec, "nm") != `"aa"` || member(rec, "ct") != member(old, "ct") {
		t.Errorf("%s, %v", rec.Body, err)
	}
	if _, err := set.Import(t.Context(), rowsOf(), thingset.Import{Unique: []string{"none"}}); domain.CodeOf(err) != "e.cmd.arg" {
		t.Errorf("an unknown key: %v", err)
	}
}

func TestAnImportThatWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "accounts", `{uniqueKeys:[{name:"phone"}]}`)
	docs := numbered(0, 3500)
	docs[10] = "!bad"
	o := thingset.Import{Source: "~/in.jsonl"}
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done thingset.Imported) {
		if done.Rows >= 1000 {
			cancel()
		}
	}
	first, err := set.Import(ctx, rowsOf(docs...), o)
	wantCode(t, err, "e.canceled")
	if first.Created == 0 || first.Created >= 3000 {
		t.Fatalf("it stopped at %+v", first)
	}
	o.Progress, o.Resume = nil, true
	changed := slices.Clone(docs)
	changed[5] = `{"nm":"other"}`
	_, err = set.Import(t.Context(), rowsOf(changed...), o)
	wantCode(t, err, "e.thing.import")
	_, err = set.Import(t.Context(), rowsOf(docs[:20]...), o)
	wantCode(t, err, "e.thing.import")
	done, _ := imported(t, set, o, docs...)
	if done.Rows != 3500 || done.Created != 3499 || done.Bad != 1 {
		t.Errorf("%+v", done)
	}
	if n, _ := set.Count(t.Context()); n != 3499 {
		t.Errorf("%d things", n)
	}
}

// Whoever was not told that all rows are in resumes, and no row is taken twice.
func TestAnImportThatIsDoneTakesNothingWhenResumed(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", `{}`)
	docs := numbered(0, 1500)
	o := thingset.Import{Source: "~/in.jsonl"}
	first, _ := imported(t, set, o, docs...)
	o.Resume = true
	if again, _ := imported(t, set, o, docs...); again != first || again.Created != 1500 {
		t.Errorf("%+v after %+v", again, first)
	}
	if done, _ := imported(t, set, o, append(docs, numbered(1500, 20)...)...); done.Created != 1520 {
		t.Errorf("rows that came to the file: %+v", done)
	}
	_, err := set.Import(t.Context(), rowsOf(numbered(7, 1520)...), o)
	wantCode(t, err, "e.thing.import")
	if n, _ := set.Count(t.Context()); n != 1520 {
		t.Errorf("%d things", n)
	}
}

// A resumed import that meets the one it goes on for, still under way, must not take
// its rows a second time; one from the begin may go on beside it.
func TestTwoImportsOfTheSameSourceAtOnce(t *testing.T) {
	t.Parallel()
	for _, resume := range []bool{true, false} {
		set := newSet(t, newDB(t), "accounts", `{}`)
		docs := numbered(0, 3000)
		o, other := thingset.Import{Source: "~/in.jsonl"}, thingset.Import{Source: "~/in.jsonl", Resume: resume}
		once := sync.OnceFunc(func() { imported(t, set, other, docs...) })
		o.Progress = func(thingset.Imported) { once() }
		_, err := set.Import(t.Context(), rowsOf(docs...), o)
		want := 6000
		if resume {
			wantCode(t, err, "e.thing.import")
			want = 3000
		} else if err != nil {
			t.Fatal(err)
		}
		if n, _ := set.Count(t.Context()); n != want {
			t.Errorf("resume %t: %d things", resume, n)
		}
	}
}

// Rows of a batch that were committed one by one are passed over when resumed.
func TestAnImportCutOffWithinABatchGoesOnThere(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "accounts", `{uniqueKeys:[{name:"phone"}]}`)
	docs := []string{`{"nm":"a"}`, `{"nm":"b","phone":"1"}`, `!bad`, `{"nm":"c"}`, `{"nm":"d","phone":"2"}`, `{"nm":"e"}`}
	store := &busyStore{Store: db.Store(), left: 3}
	o := thingset.Import{Source: "~/in.jsonl"}
	first, err := newSet(t, thingset.NewDB(db.Domain(), store), "accounts", `{uniqueKeys:[{name:"phone"}]}`).Import(t.Context(), rowsOf(docs...), o)
	wantCode(t, err, "e.store.write")
	if first.Created != 3 {
		t.Errorf("it stopped at %+v", first)
	}
	o.Resume = true
	done, bad := imported(t, set, o, docs...)
	if done.Rows != 6 || done.Created != 5 || done.Bad != 1 || len(bad) != 0 {
		t.Errorf("%+v %q", done, bad)
	}
	if n, _ := set.Count(t.Context()); n != 5 {
		t.Errorf("%d things", n)
	}
}

// busyStore is one where others always write the same values before a commit of
// several things; after so many of one thing each it fails.
type busyStore struct {
	thingset.Store
	left int
}

func (s *busyStore) Commit(ctx context.Context, dom string, batch []thingset.Write) (thingset.Rev, error) {
	switch {
	case len(batch) > 2: // a thing and the mark are two
		return 0, thingset.Duplicated([]string{"phone"})
	case s.left == 0:
		return 0, domain.E("e.store.write", "the disk is gone")
	}
	s.left--
	return s.Store.Commit(ctx, dom, batch)
}

// What begins anew and is cut off before its first commit is resumed from its begin.
func TestAnImportFromTheBeginForgetsTheOneBefore(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", `{}`)
	o := thingset.Import{Source: "~/in.jsonl"}
	imported(t, set, o, numbered(0, 10)...)
	broken := func(yield func(thingset.Row, error) bool) { yield(thingset.Row{}, errors.New("broken")) }
	if _, err := set.Import(t.Context(), broken, o); err == nil {
		t.Fatal("it is not broken")
	}
	o.Resume = true
	if done, _ := imported(t, set, o, numbered(50, 30)...); done.Created != 30 {
		t.Errorf("%+v", done)
	}
	if n, _ := set.Count(t.Context()); n != 40 {
		t.Errorf("%d things", n)
	}
}

func TestWhatBreaksTheReadingKeepsTheRowsBefore(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", `{}`)
	broken := errors.New("broken")
	rows := func(yield func(thingset.Row, error) bool) {
		_ = yield(thingset.Row{Line: 1, Doc: []byte(`{"nm":"a"}`)}, nil) && yield(thingset.Row{}, broken)
	}
	done, err := set.Import(t.Context(), rows, thingset.Import{})
	if !errors.Is(err, broken) || done.Created != 1 {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestImportsOfTheSameKeysAtOnceMakeEachThingOnce(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", `{uniqueKeys:[{name:"phone"}]}`)
	docs := numbered(0, 3000)
	var wg sync.WaitGroup
	var mu sync.Mutex
	created, rest := 0, 0
	for i := range 4 {
		wg.Go(func() {
			o := thingset.Import{}
			if i%2 == 0 {
				o.Unique = []string{"phone"}
			}
			done, err := set.Import(t.Context(), rowsOf(docs...), o)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			created, rest = created+done.Created, rest+done.Updated+done.Bad
		})
	}
	wg.Wait()
	if n, _ := set.Count(t.Context()); n != 3000 || created != 3000 || rest != 9000 {
		t.Errorf("%d things, %d made, %d not", n, created, rest)
	}
}

func BenchmarkImport(b *testing.B) {
	set := newSet(b, newDB(b), "accounts", `{uniqueKeys:[{name:"nm"},{name:"phone"}]}`)
	n := 0
	rows := func(yield func(thingset.Row, error) bool) {
		for b.Loop() {
			doc := fmt.Appendf(nil, `{"nm":"p%d","phone":%d,"email":"p%d@example.com"}`, n, n, n)
			if n++; !yield(thingset.Row{Line: n, Doc: doc}, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	if done, err := set.Import(b.Context(), rows, thingset.Import{}); err != nil || done.Created != n {
		b.Fatal(done, err)
	}
}
