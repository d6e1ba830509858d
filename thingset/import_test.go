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
	o.Resume = true // it is finished: from the start again
	if done, bad := imported(t, set, o, docs[:3]...); done.Bad != 3 || len(bad) != 3 {
		t.Errorf("%+v", done)
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
