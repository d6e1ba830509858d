package thingset_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/memstore"
)

// newDB is a fresh domain over a store in memory.
func newDB(t testing.TB) *thingset.DB {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New(memstore.Options{})
	t.Cleanup(func() { s.Close(); root.Close() })
	return thingset.NewDB(d, s).RunScripts(nil, slog.New(slog.DiscardHandler))
}

func newSet(t testing.TB, db *thingset.DB, path domain.Path, schema string) *thingset.Set {
	t.Helper()
	if err := db.Domain().Tree(domain.Owner).WriteFile(path+"/thing.json", []byte(schema)); err != nil {
		t.Fatal(err)
	}
	set, err := db.Set(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func match(t testing.TB, src string) *thingset.Matcher {
	t.Helper()
	m, err := thingset.ParseMatch(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return m
}

func order(t testing.TB, src string) []thingset.Order {
	t.Helper()
	n, err := relaxed.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	out, err := thingset.ParseSort(n)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const planned = `{uniqueKeys:[{name:"nm"},{name:["co","card"]}], indexes:["age","role,ct","day","addr.city","role,age,lv"]}`

// oracle answers a query from all records, looking at each.
func oracle(all []thingset.Record, q thingset.Query) (ids []string, sum int) {
	type row struct {
		keys [][]byte
		id   string
	}
	var rows []row
	for _, rec := range all {
		if fits, _ := q.Match.Match(context.Background(), rec.Body); fits && (q.Bin || thingset.Field(rec.Body, "th_live").Num > 0) {
			r := row{id: rec.ID}
			for _, o := range q.Sort {
				r.keys = append(r.keys, thingset.SortKey(nil, thingset.Field(rec.Body, o.Key)))
			}
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		sign := 1
		for i, o := range q.Sort {
			sign = 1
			if o.Desc {
				sign = -1
			}
			if c := bytes.Compare(a.keys[i], b.keys[i]); c != 0 {
				return sign * c
			}
		}
		return sign * cmp.Compare(a.id, b.id)
	})
	for i, r := range rows {
		if i >= q.Skip && (q.Limit == 0 || i < q.Skip+q.Limit) {
			ids = append(ids, r.id)
		}
	}
	return ids, len(rows)
}

// world makes random things and random questions.
type world struct {
	*rand.Rand
	tidy bool // roles are texts only
}

func (w world) one(of ...string) string { return of[w.IntN(len(of))] }

func (w world) scalar() string {
	return w.one(`"a"`, `"ab"`, `"b"`, `""`, `"1"`, `"18"`, `"-3"`, "1", "18", "18.0", "-3", "2.5", "true", "false", `"true"`, "null", `"2020-01-01"`, `"2020-02-29 12:00:00"`, `"1577836800000"`, "1577836800000", `["a",18]`, `[]`, `{"x":1}`, `"A"`, "12345678901234567890")
}

func (w world) thing(i int) string {
	var out []string
	add := func(key, value string) {
		if w.IntN(4) > 0 {
			out = append(out, fmt.Sprintf("%q:%s", key, value))
		}
	}
	add("nm", fmt.Sprintf(`"n%d"`, i))
	if w.IntN(4) > 0 {
		out = append(out, fmt.Sprintf(`"co":%s,"card":"c%d"`, w.one(`"cn"`, `"de"`), i))
	}
	add("age", w.scalar())
	if w.tidy {
		add("role", w.one(`"user"`, `"admin"`, `"user"`))
	} else {
		add("role", w.one(`"user"`, `"admin"`, `"user"`, `["user","x"]`, w.scalar()))
	}
	add("day", w.one(`"2020-01-01"`, `"2020-01-01T06:00:00+14:00"`, `"2019-12-31T18:00:00-12:00"`, `"2020-01-02"`, `"2019-12-31 23:59:59"`, "1577836800000", `"1577836800000"`, w.scalar()))
	add("lv", w.one("1", "2", "3"))
	add("addr", `{"city":`+w.scalar()+`}`)
	add("other", w.scalar())
	out = append(out, fmt.Sprintf(`"ct":%d`, 1+w.IntN(20)), fmt.Sprintf(`"th_live":%s`, w.one("1", "1", "1", "-1")))
	return "{" + strings.Join(out, ",") + "}"
}

func (w world) value() string {
	return w.one(w.scalar(), `"^a"`, `"^1"`, `"^(a|b)"`, `"^tr"`, `"a*"`, `"*b"`, `"1*"`, `"~~a"`, `"[1,18]"`, `"(1,18)"`, `"[,3)"`, `"[2,]"`, `"[,]"`, `"[2020-01-01,2020-01-02)"`, `"(2019-12-31,]"`, `"[,2020-01-01]"`,
		`"[1577836800000,2020-03-01]"`, `""`, `"[BLANK]"`, `"[EXISTS]"`, `"notNil"`, `["a",18,null]`, `["^a","[1,5]"]`, `["a","b","c","d","e","f","g","1","18"]`, `["!a",18]`, `"!a"`, `"![1,5]"`, `"user"`, `["user","admin"]`)
}

func (w world) alternative() string {
	var out []string
	for range w.IntN(4) {
		key := w.one("age", "role", "day", "addr.city", "other", "lv", "role", "ct")
		if w.IntN(8) == 0 {
			key = "!" + key
		}
		value := w.value()
		switch w.IntN(12) {
		case 0:
			key, value = "nm", fmt.Sprintf(`"n%d"`, w.IntN(60))
		case 1:
			out = append(out, fmt.Sprintf(`"card":["c%d","c%d"]`, w.IntN(60), w.IntN(60)))
			key, value = "co", w.one(`"cn"`, `["cn","de"]`)
		case 2:
			key, value = "id", fmt.Sprintf(`["t%03d","t%03d","gone"]`, w.IntN(300), w.IntN(300))
		}
		out = append(out, fmt.Sprintf("%q:%s", key, value))
	}
	return "{" + strings.Join(out, ",") + "}"
}

func (w world) query(t testing.TB) (q thingset.Query, text string) {
	text = w.alternative()
	if w.IntN(4) == 0 {
		text = "[" + text + "," + w.alternative() + "]"
	}
	q.Match = match(t, text)
	for range w.IntN(4) {
		key := w.one("ct", "age", "role", "day", "lv", "other", "id", "addr.city", "lm")
		if !slices.ContainsFunc(q.Sort, func(o thingset.Order) bool { return o.Key == key }) {
			q.Sort = append(q.Sort, thingset.Order{Key: key, Desc: w.IntN(2) == 0})
		}
	}
	q.Skip, q.Limit, q.Bin, q.NoSum = w.IntN(2)*w.IntN(20), w.IntN(3)*w.IntN(30), w.IntN(3) == 0, w.IntN(2) == 0
	return q, fmt.Sprintf("%s sort %v skip %d limit %d bin %v", text, q.Sort, q.Skip, q.Limit, q.Bin)
}

func TestPlannerAnswersLikeAFullScan(t *testing.T) {
	t.Parallel()
	ways := map[string]int{}
	for seed := range uint64(3) {
		w := world{rand.New(rand.NewPCG(seed, 1)), seed%2 == 1}
		set := newSet(t, newDB(t), "things", planned)
		for i := range 300 {
			doc := fmt.Sprintf(`{"id":"t%03d",%s`, i, w.thing(i)[1:])
			if _, err := set.Create(t.Context(), []byte(doc)); err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
		}
		var all []thingset.Record
		for rec, err := range set.Each(t.Context(), thingset.Query{Bin: true}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rec)
		}
		if len(all) != 300 {
			t.Fatalf("%d things", len(all))
		}
		for range 1500 {
			q, text := w.query(t)
			want, sum := oracle(all, q)
			page, err := set.Query(t.Context(), q)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var got []string
			for _, rec := range page.List {
				got = append(got, rec.ID)
			}
			ways[strings.Fields(page.Plan.Way)[0]]++
			if !slices.Equal(got, want) {
				t.Fatalf("%s\nby %v\ngot  %v\nwant %v", text, page.Plan, got, want)
			}
			if s := page.Pager.Sum; s != sum && (s != -1 || !q.NoSum) {
				t.Fatalf("%s\nby %v\nsum %d, want %d", text, page.Plan, s, sum)
			}
		}
	}
	for _, way := range []string{"id", "unique", "index", "order", "scan"} {
		if ways[way] < 20 {
			t.Errorf("way %s was taken %d times only: %v", way, ways[way], ways)
		}
	}
}

func TestNeighborsStandBesideAThing(t *testing.T) {
	t.Parallel()
	w := world{Rand: rand.New(rand.NewPCG(9, 9))}
	set := newSet(t, newDB(t), "things", planned)
	for i := range 60 {
		create(t, set, fmt.Sprintf(`{"id":"t%03d",%s`, i, w.thing(i)[1:]))
	}
	for range 60 {
		q, text := w.query(t)
		q.Skip, q.Limit, q.NoSum = 0, 0, true
		page, err := set.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{""}
		for _, rec := range page.List {
			ids = append(ids, rec.ID)
		}
		ids = append(ids, "")
		for i, rec := range page.List {
			prev, next, err := set.Neighbors(t.Context(), rec, q)
			if err != nil || prev != ids[i] || next != ids[i+2] {
				t.Fatalf("%s: %s stands between %q and %q (%v), want %q and %q", text, rec.ID, prev, next, err, ids[i], ids[i+2])
			}
		}
	}
}
