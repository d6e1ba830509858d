package thingset_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if got := domain.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %q", got, err, code)
	}
}

func create(t testing.TB, s *thingset.Set, doc string) thingset.Record {
	t.Helper()
	rec, err := s.Create(t.Context(), []byte(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return rec
}

func member(rec thingset.Record, key string) string { return thingset.Field(rec.Body, key).Raw }

const accounts = `{
	// the people
	uniqueKeys: [{name:["nm"],required:true},{name:"phone"},{name:["co","card"]}],
	fields: [
		{key:"nm", validate:{trim:true, notNull:true, minLength:2, maxLength:8, regex:"^[a-z0-9小白]+$"}},
		{key:"age", validate:{intRange:"[0,150]"}},
		{key:"born", validate:{dateRange:"[1900-01-01,)"}},
		{key:"sex", validate:{enum:[0,1,"x"]}},
		{key:"addr.city", validate:{trim:true, maxLength:4}},
		{key:"tags", validate:{enum:["a","b"], maxLength:2}},
	],
	indexes: ["age"], loose: 100, title: "People",
}`

func TestCreateMakesAWholeThing(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	before := time.Now().UnixMilli()
	rec := create(t, set, `{"nm":" xiao ","x":null,"age":"18","addr":{"city":" bj ","zip":1}}`)
	if !domain.IsID(rec.ID) || rec.Rev == 0 {
		t.Errorf("id %q, revision %d", rec.ID, rec.Rev)
	}
	want := fmt.Sprintf(`{"id":%q,"nm":"xiao","age":"18","addr":{"city":"bj","zip":1},"th_set":"~/accounts","th_live":1,"ct":CT,"lm":CT}`, rec.ID)
	ct := member(rec, "ct")
	if got := string(rec.Body); got != strings.ReplaceAll(want, "CT", ct) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := thingset.Field(rec.Body, "ct").Int(); n < before || n > time.Now().UnixMilli() {
		t.Errorf("ct is %d", n)
	}
	rec = create(t, set, `{"id":"my-1","nm":"bai","ct":5,"lm":6,"th_set":"x","th_live":-7}`)
	if rec.ID != "my-1" || member(rec, "ct") != "5" || member(rec, "lm") == "6" || member(rec, "th_set") != `"~/accounts"` || member(rec, "th_live") != "1" {
		t.Errorf("%s", rec.Body)
	}
	got, err := set.Find(t.Context(), []string{"nm"}, "bai")
	if err != nil || got.ID != "my-1" {
		t.Errorf("found %q, %v", got.ID, err)
	}
}

func TestWhatThingJSONRefuses(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	create(t, set, `{"id":"a","nm":"taken","phone":"1","co":"cn","card":1}`)
	for _, c := range [][2]string{
		{`{}`, "e.thing.fld.notNull"}, {`{"nm":null}`, "e.thing.fld.notNull"}, {`{"nm":"  "}`, "e.thing.fld.notNull"}, {`{"nm":"x"}`, "e.thing.fld.minLength"}, {`{"nm":"123456789"}`, "e.thing.fld.maxLength"},
		{`{"nm":"小白"}`, ""}, {`{"nm":"小"}`, "e.thing.fld.minLength"}, {`{"nm":"A B"}`, "e.thing.fld.regex"}, {`{"nm":12}`, ""},
		{`{"nm":"n1","age":151}`, "e.thing.fld.intRange"}, {`{"nm":"n1","age":"x"}`, "e.thing.fld.intRange"}, {`{"nm":"n1","age":1.5}`, "e.thing.fld.intRange"}, {`{"nm":"n1","age":[5]}`, "e.thing.fld.intRange"}, {`{"nm":"n1","age":150}`, ""},
		{`{"nm":"n2","born":"1899-12-31"}`, "e.thing.fld.dateRange"}, {`{"nm":"n2","born":"soon"}`, "e.thing.fld.dateRange"}, {`{"nm":"n2","born":"1980-01-01"}`, ""}, {`{"nm":"n3","born":0}`, ""},
		{`{"nm":"n4","sex":2}`, "e.thing.fld.enum"}, {`{"nm":"n4","sex":"1"}`, ""}, {`{"nm":"n5","sex":"x"}`, ""}, {`{"nm":"n6","addr":{"city":"12345"}}`, "e.thing.fld.maxLength"},
		{`{"nm":"n6","tags":["a","c"]}`, "e.thing.fld.enum"}, {`{"nm":"n6","tags":["a","b","a"]}`, "e.thing.fld.maxLength"}, {`{"nm":"n6","tags":["a"]}`, ""},
		{`{"nm":"taken"}`, "e.thing.ukey.duplicated"}, {`{"nm":"n7","phone":1}`, "e.thing.ukey.duplicated"}, {`{"nm":"n7","co":"cn"}`, "e.thing.ukey.partly"}, {`{"nm":"n7","co":"cn","card":"1"}`, "e.thing.ukey.duplicated"},
		{`{"nm":"n7","phone":["1"]}`, "e.thing.ukey.scalar"}, {`{"nm":"n7","phone":""}`, ""}, {`{"nm":"n8","phone":""}`, ""},
		{`{"id":"../x","nm":"n9"}`, "e.thing.id"}, {`{"id":"a","nm":"n9"}`, "e.thing.ukey.duplicated"}, {`[]`, "e.json"}, {`{"nm":}`, "e.json"}, {``, "e.json"},
	} {
		_, err := set.Create(t.Context(), []byte(c[0]))
		if got := domain.CodeOf(err); got != c[1] {
			t.Errorf("%s: %q (%v), want %q", c[0], got, err, c[1])
		}
	}
}

func TestUpdateReplacesMembers(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	create(t, set, `{"id":"a","nm":"ann","age":5,"addr":{"city":"bj","zip":1},"ct":7}`)
	create(t, set, `{"id":"b","nm":"bob"}`)
	rec, err := set.Update(t.Context(), "a", []byte(`{"id":"z","th_set":"z","ct":null,"lm":1,"th_live":9,"age":null,"nm":" eve ","addr":{"city":"sh"},"a.b":1}`))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"id":"a","nm":"eve","addr":{"city":"sh"},"ct":7,"th_set":"~/accounts","th_live":1,"lm":%s,"a.b":1}`, member(rec, "lm"))
	if string(rec.Body) != want || member(rec, "lm") == "1" {
		t.Errorf("got  %s\nwant %s", rec.Body, want)
	}
	for _, c := range [][2]string{{`{"age":999}`, "e.thing.fld.intRange"}, {`{"nm":null}`, "e.thing.fld.notNull"}, {`{"nm":"bob"}`, "e.thing.ukey.duplicated"}, {`{"co":"cn"}`, "e.thing.ukey.partly"}, {`[]`, "e.json"}} {
		_, err := set.Update(t.Context(), "a", []byte(c[0]))
		if got := domain.CodeOf(err); got != c[1] {
			t.Errorf("%s: %v", c[0], err)
		}
	}
	_, err = set.Update(t.Context(), "nobody", []byte(`{}`))
	wantCode(t, err, "e.thing.noexists")
	now, _ := set.Get(t.Context(), "a")
	if string(now.Body) != want {
		t.Errorf("a failed update changed it: %s", now.Body)
	}
}

func TestUpdateOfAnOldThingChecksWhatItChanges(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "t", `{}`)
	create(t, set, `{"id":"a","age":999}`)
	set = newSet(t, db, "t", `{fields:[{key:"age",validate:{intRange:"[0,9]"}}]}`)
	if _, err := set.Update(t.Context(), "a", []byte(`{"nm":"x"}`)); err != nil {
		t.Error(err)
	}
	_, err := set.Update(t.Context(), "a", []byte(`{"age":10}`))
	wantCode(t, err, "e.thing.fld.intRange")
}

func TestTheBin(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "accounts", accounts)
	create(t, set, `{"id":"a","nm":"ann"}`)
	create(t, set, `{"id":"b","nm":"bob"}`)
	if err := db.Domain().Tree(domain.Owner).WriteFile("accounts/data/a/x/1.txt", []byte("x")); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := set.Delete(ctx, "a", false); err != nil {
		t.Fatal(err)
	}
	_, err := set.Get(ctx, "a")
	wantCode(t, err, "e.thing.noexists")
	_, err = set.Find(ctx, []string{"nm"}, "ann")
	wantCode(t, err, "e.thing.noexists")
	_, err = set.Update(ctx, "a", []byte(`{}`))
	wantCode(t, err, "e.thing.noexists")
	wantCode(t, set.Delete(ctx, "a", false), "e.thing.noexists")
	_, err = set.Create(ctx, []byte(`{"nm":"ann"}`))
	wantCode(t, err, "e.thing.ukey.duplicated")
	if page, _ := set.Query(ctx, thingset.Query{}); len(page.List) != 1 || page.Pager.Sum != 1 {
		t.Errorf("%d things", len(page.List))
	}
	if page, _ := set.Query(ctx, thingset.Query{Bin: true}); len(page.List) != 2 {
		t.Errorf("%d things with the bin", len(page.List))
	}
	if rec, err := set.Restore(ctx, "a"); err != nil || member(rec, "th_live") != "1" {
		t.Errorf("%s, %v", rec.Body, err)
	}
	if _, err := set.Find(ctx, []string{"nm"}, "ann"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(set.Delete(ctx, "a", false), set.Delete(ctx, "b", true)); err != nil {
		t.Fatal(err)
	}
	if n, err := set.Clean(ctx, thingset.Batch{}); n != 1 || err != nil {
		t.Errorf("cleaned %d, %v", n, err)
	}
	if n, _ := set.Count(ctx); n != 0 {
		t.Errorf("%d left", n)
	}
	if _, err := db.Domain().Tree(domain.Owner).Stat("accounts/data/a"); domain.CodeOf(err) != "e.io.obj.noexists" {
		t.Errorf("its files are left: %v", err)
	}
}

func TestUpsert(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	ctx := t.Context()
	a, created, err := set.Upsert(ctx, []string{"nm"}, []byte(`{"nm":" ann ","age":1}`))
	if err != nil || !created {
		t.Fatal(created, err)
	}
	b, created, err := set.Upsert(ctx, []string{"nm"}, []byte(`{"id":"other","nm":"ann","age":2,"ct":9}`))
	if err != nil || created || b.ID != a.ID || member(b, "age") != "2" || member(b, "ct") != member(a, "ct") {
		t.Errorf("%v %v %s", created, err, b.Body)
	}
	if err := set.Delete(ctx, a.ID, false); err != nil {
		t.Fatal(err)
	}
	b, created, err = set.Upsert(ctx, []string{"nm"}, []byte(`{"nm":"ann"}`))
	if err != nil || created || member(b, "th_live") != "1" {
		t.Errorf("%v %v %s", created, err, b.Body)
	}
	_, _, err = set.Upsert(ctx, []string{"age"}, []byte(`{"nm":"ann"}`))
	wantCode(t, err, "e.cmd.arg")
	_, _, err = set.Upsert(ctx, []string{"phone"}, []byte(`{"nm":"ann"}`))
	wantCode(t, err, "e.thing.ukey.required")
}

func TestUpsertByManyMakesOneThing(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "accounts", accounts)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if _, _, err := set.Upsert(context.Background(), []string{"nm"}, fmt.Appendf(nil, `{"nm":"ann","age":%d}`, i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, _ := set.Count(t.Context()); n != 1 {
		t.Errorf("%d things", n)
	}
}

func TestModifyLosesNothing(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "t", `{}`)
	create(t, set, `{"id":"a","n":0}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, err := set.Modify(context.Background(), "a", func(body []byte) ([]byte, error) {
					return fmt.Appendf(nil, `{"id":"a","th_live":1,"n":%d}`, thingset.Field(body, "n").Int()+1), nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	rec, _ := set.Get(t.Context(), "a")
	if member(rec, "n") != "40" {
		t.Errorf("%s", rec.Body)
	}
	_, err := set.Modify(t.Context(), "a", func([]byte) ([]byte, error) { return []byte(`{"id":"b"}`), nil })
	wantCode(t, err, "e.thing.id")
	same, err := set.Modify(t.Context(), "a", func([]byte) ([]byte, error) { return nil, nil })
	if err != nil || same.Rev != rec.Rev {
		t.Errorf("revision %d, %v", same.Rev, err)
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "t", `{expi:"2h"}`)
	rec := create(t, set, `{}`)
	if life := thingset.Expi(rec.Body) - thingset.Field(rec.Body, "ct").Int(); life != 7_200_000 {
		t.Errorf("it lives %d ms", life)
	}
	if rec = create(t, set, `{"expi":99999999999999}`); member(rec, "expi") != "99999999999999" {
		t.Errorf("%s", rec.Body)
	}
	rec = create(t, set, `{"expi":1}`)
	_, err := set.Get(t.Context(), rec.ID)
	wantCode(t, err, "e.thing.noexists")
}

func TestAPlainSet(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set, err := db.Plain(t.Context(), ".domain/session/s1", thingset.Def{Indexes: []string{"uid"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := set.Put(ctx, "a", []byte(`{"id":"a","uid":"u","th_live":-1}`), thingset.Absent); err != nil {
		t.Fatal(err)
	}
	_, err = set.Put(ctx, "a", []byte(`{"id":"a"}`), thingset.Absent)
	wantCode(t, err, "e.thing.rev")
	_, err = set.Put(ctx, "a", []byte(`{"id":"b"}`), 0)
	wantCode(t, err, "e.thing.id")
	page, err := set.Query(ctx, thingset.Query{Match: match(t, `{uid:"u"}`), NoSum: true})
	if err != nil || len(page.List) != 1 || page.Plan.Way != "index uid" {
		t.Errorf("%v, %v, %v", page.List, page.Plan, err)
	}
	if err := set.Delete(ctx, "a", false); err != nil {
		t.Fatal(err)
	}
	_, err = set.Any(ctx, "a")
	wantCode(t, err, "e.thing.noexists")
}

// byHand writes a file as a person would.
func byHand(t testing.TB, db *thingset.DB, path, text string) {
	t.Helper()
	file := filepath.Join(db.Domain().Dir(), path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// soon waits until a hand edit has been seen.
func soon(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not seen: " + what)
		}
	}
}

func TestThingJSONChangesWhileItIsUsed(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	_, err := db.Set(t.Context(), "accounts")
	wantCode(t, err, "e.thing.set.noexists")
	byHand(t, db, "accounts/thing.json", `{uniqueKeys: [5]}`)
	_, err = db.Set(t.Context(), "accounts")
	wantCode(t, err, "e.thing.schema")
	if !strings.Contains(err.Error(), "~/accounts/thing.json:1:15: a unique key must be an object") {
		t.Errorf("the fault is %v", err)
	}
	byHand(t, db, "accounts/thing.json", `{uniqueKeys:[{name:"nm"}]}`)
	set, err := db.Set(t.Context(), "accounts")
	if err != nil {
		t.Fatal(err)
	}
	create(t, set, `{"nm":"ann","phone":"1"}`)
	create(t, set, `{"nm":"bob","phone":"1"}`)
	refused := func(doc, code string) func() bool {
		return func() bool {
			rec, err := set.Create(context.Background(), []byte(doc))
			if err == nil {
				if err := set.Delete(context.Background(), rec.ID, true); err != nil {
					t.Fatal(err)
				}
			}
			return domain.CodeOf(err) == code
		}
	}
	byHand(t, db, "accounts/thing.json", `{uniqueKeys:[{name:"nm"},{name:"email",required:true}]}`)
	soon(t, "a new key", refused(`{"nm":"x"}`, "e.thing.ukey.required"))
	byHand(t, db, "accounts/thing.json", `{uniqueKeys:`)
	faults := func() bool { return len(db.Check()) == 1 }
	soon(t, "a fault", faults)
	if !refused(`{"nm":"x"}`, "e.thing.ukey.required")() {
		t.Error("the last good version is not in force")
	}
	byHand(t, db, "accounts/thing.json", `{uniqueKeys:[{name:"phone"}]}`)
	soon(t, "a broken key", func() bool { return faults() && strings.Contains(db.Check()[0].Msg, "e.thing.ukey.duplicated") })
	if !refused(`{"nm":"x"}`, "e.thing.ukey.required")() {
		t.Error("the last good version is not in force")
	}
	byHand(t, db, "accounts/thing.json", `{}`)
	soon(t, "a good one", func() bool { return refused(`{"nm":"ann"}`, "")() && len(db.Check()) == 0 })
	if again, _ := db.Set(t.Context(), "accounts"); again != set {
		t.Error("it is another set")
	}
}

func TestCheckFindsEveryBrokenSet(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	for path, text := range map[string]string{"a/thing.json": `{`, "b/c/thing.json": `{fields:[{key:""}]}`, "ok/thing.json": `{}`, "ok/index/thing.json": `{`, "ok/data/x/thing.json": `{`, ".domain/thing.json": `{`} {
		byHand(t, db, path, text)
	}
	var files []string
	for _, f := range db.Check() {
		files = append(files, f.File)
	}
	if got := strings.Join(files, " "); got != "~/a/thing.json ~/b/c/thing.json" {
		t.Errorf("faults in %s", got)
	}
}

func TestIDsFindThings(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	tree := db.Domain().Tree(domain.Owner)
	set := newSet(t, db, "a/people", `{}`)
	rec := create(t, set, `{"nm":"x"}`)
	p, err := tree.Resolve(domain.Ref{ID: rec.ID})
	if err != nil || p != domain.Path("a/people/"+rec.ID) {
		t.Fatalf("%s, %v", p, err)
	}
	found, id, err := db.At(t.Context(), p)
	if err != nil || found != set || id != rec.ID {
		t.Errorf("%v %s %v", found, id, err)
	}
	if err := set.Delete(t.Context(), rec.ID, false); err != nil {
		t.Fatal(err)
	}
	_, err = tree.Resolve(domain.Ref{ID: rec.ID})
	wantCode(t, err, "e.io.obj.noexists")

	byHand(t, db, "b/thing.json", `{}`) // a set that nobody has opened
	later := thingset.NewDB(db.Domain(), db.Store())
	other, err := later.Set(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	rec = create(t, other, `{}`)
	soon(t, "a set not opened yet", func() bool {
		p, err := tree.Resolve(domain.Ref{ID: rec.ID})
		return err == nil && p == domain.Path("b/"+rec.ID)
	})
}

func TestScriptsRunAndCannotRunAway(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	var mu sync.Mutex
	var calls []string
	var set *thingset.Set
	run := func(ctx context.Context, text string, c thingset.Call) error {
		mu.Lock()
		calls = append(calls, fmt.Sprintf("%s %s %s %v %v", c.Event, text, c.ID, c.Old != nil, c.New != nil))
		mu.Unlock()
		switch text {
		case "again":
			_, err := set.Update(ctx, c.ID, []byte(`{"n":1}`))
			return err
		case "keep":
			if thingset.Field(c.Old, "keep").Bool() {
				return domain.E("e.auth.nopvg", "it stays")
			}
		case "fail":
			return errors.New("oops")
		}
		return nil
	}
	db.RunScripts(func(s thingset.Script) (thingset.Hook, []domain.Fault) {
		if s.Text == "bad" {
			return nil, []domain.Fault{{File: s.File, Line: s.Line, Col: s.Col, Msg: "no such command"}}
		}
		return func(ctx context.Context, c thingset.Call) error { return run(ctx, s.Text, c) }, nil
	}, slog.New(slog.DiscardHandler))
	set = newSet(t, db, "t", `{onCreated:["one","fail","two"], onUpdated:"again", onBeforeDelete:"keep", onDeleted:"gone"}`)
	create(t, set, `{"id":"a","keep":true}`)
	want := []string{"onCreated one a false true", "onCreated fail a false true", "onCreated two a false true"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls are %q", calls)
	}
	calls = nil
	wantCode(t, set.Delete(t.Context(), "a", true), "e.auth.nopvg")
	if _, err := set.Update(t.Context(), "a", []byte(`{"keep":null}`)); err != nil {
		t.Fatal(err)
	}
	if n := len(calls); n != 9 { // the refusal, and eight updates of which each set off the next
		t.Errorf("%d calls: %q", n, calls)
	}
	calls = nil
	if err := set.Delete(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	want = []string{"onBeforeDelete keep a true true", "onDeleted gone a true false"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls are %q", calls)
	}
	newSet(t, db, "t", `{onCreated:["one",
		"bad"]}`) // the version before it stays
	if faults := db.Check(); len(faults) != 1 || faults[0].String() != "~/t/thing.json:2:3: no such command" {
		t.Errorf("faults are %v", faults)
	}
}

func TestLinksFollowAChange(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	orders := newSet(t, db, "orders", `{indexes:["uid"]}`)
	people := newSet(t, db, "people", `{linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm",city:"addr.city"}}]}`)
	create(t, people, `{"id":"p","nm":"ann","addr":{"city":"bj"}}`)
	create(t, orders, `{"id":"o1","uid":"p"}`)
	create(t, orders, `{"id":"o2","uid":"q"}`)
	if _, err := people.Update(t.Context(), "p", []byte(`{"x":1}`)); err != nil {
		t.Fatal(err)
	}
	if rec, _ := orders.Get(t.Context(), "o1"); member(rec, "buyer") != "" {
		t.Errorf("%s", rec.Body)
	}
	if _, err := people.Update(t.Context(), "p", []byte(`{"nm":"eve"}`)); err != nil {
		t.Fatal(err)
	}
	if rec, _ := orders.Get(t.Context(), "o1"); member(rec, "buyer") != `"eve"` || member(rec, "city") != `"bj"` {
		t.Errorf("%s", rec.Body)
	}
	if rec, _ := orders.Get(t.Context(), "o2"); member(rec, "buyer") != "" {
		t.Errorf("%s", rec.Body)
	}
}

func TestPager(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "t", `{}`)
	for i := range 7 {
		create(t, set, fmt.Sprintf(`{"id":"t%d","passwd":"x"}`, i))
	}
	page, err := set.Query(t.Context(), thingset.Query{Skip: 4, Limit: 2, Sort: order(t, `{id:-1}`)})
	if err != nil {
		t.Fatal(err)
	}
	view := func(dst, body []byte) []byte { return append(dst, thingset.Field(body, "id").Raw...) }
	if got := string(page.AppendPaged(nil, view)); got != `{"list":["t2","t1"],"pager":{"pn":3,"pgsz":2,"pgc":4,"sum":7,"skip":4,"count":2}}` {
		t.Error(got)
	}
	page, _ = set.Query(t.Context(), thingset.Query{Match: match(t, `{id:"x"}`)})
	if got := string(page.AppendPaged(nil, nil)); got != `{"list":[],"pager":{"pn":1,"pgsz":0,"pgc":1,"sum":0,"skip":0,"count":0}}` {
		t.Error(got)
	}
	if rec, err := set.One(t.Context(), thingset.Query{Sort: order(t, `{id:-1}`)}); err != nil || rec.ID != "t6" {
		t.Errorf("%s %v", rec.ID, err)
	}
	_, err = set.One(t.Context(), thingset.Query{Match: match(t, `{id:"x"}`)})
	wantCode(t, err, "e.thing.noexists")
}

func TestSortFaults(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`[]`, `{ct:2}`, `{ct:"down"}`, `{"":1}`, `{"a..b":1}`, `5`} {
		n, err := relaxed.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = thingset.ParseSort(n); domain.CodeOf(err) != "e.thing.match" {
			t.Errorf("%s: %v", src, err)
		}
	}
	if list, err := thingset.ParseSort(nil); list != nil || err != nil {
		t.Errorf("no order is %v, %v", list, err)
	}
}
