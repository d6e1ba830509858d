package rows

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/gjson"
)

func people() thingset.Def {
	return thingset.Def{Unique: [][]string{{"nm"}, {"a", "b"}}, Indexes: []string{"age", "lm"}}
}

// model is a table held against a map.
type model struct {
	t    *testing.T
	tab  *Table
	recs map[string]string // body by id
	rev  thingset.Rev
	old  []Row // gone, not released
}

func newModel(t *testing.T) *model {
	return &model{t: t, tab: NewTable(NewShape(people()), NewCache(1<<16)), recs: map[string]string{}}
}

func (m *model) put(id, body string) {
	m.rev++
	old := m.tab.Find(id)
	r := m.tab.Add(m.tab.Shape().AppendKeys(nil, id, []byte(body)), m.rev, Place{Offset: uint32(m.rev)}, old)
	m.tab.SetBody(r, id, []byte(body))
	if old != 0 {
		m.old = append(m.old, old)
	}
	m.recs[id] = body
}

func (m *model) drop(id string) {
	if r := m.tab.Find(id); r != 0 {
		m.tab.Drop(r)
		m.old = append(m.old, r)
	}
	delete(m.recs, id)
}

func (m *model) release() {
	for _, r := range m.old {
		m.tab.Release(r)
	}
	m.old = nil
}

func (m *model) ids(g thingset.Range) []string {
	s, ok := m.tab.Walk(g)
	if !ok {
		m.t.Fatalf("no order %q", g.Index)
	}
	return m.names(s)
}

func (m *model) names(s Snap) []string {
	out := []string{}
	for {
		part := s.Next(nil, 7)
		if len(part) == 0 {
			return out
		}
		for _, r := range part {
			out = append(out, string(m.tab.ID(r)))
		}
	}
}

// want are the ids of a walk by a full look at the map.
func (m *model) want(g thingset.Range) []string {
	key := func(id string) []byte {
		if g.Index == "id" {
			return thingset.SortKey(nil, gjson.Result{Type: gjson.String, Str: id})
		}
		return thingset.SortKey(nil, thingset.Field([]byte(m.recs[id]), g.Index))
	}
	out := []string{}
	for id := range m.recs {
		k := key(id)
		if (g.From == nil || bytes.Compare(k, g.From) >= 0) && (g.To == nil || bytes.Compare(k, g.To) < 0) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(bytes.Compare(key(a), key(b)), cmp.Compare(a, b)) })
	if g.Desc {
		slices.Reverse(out)
	}
	return out
}

func (m *model) check(rnd *rand.Rand) {
	m.t.Helper()
	if m.tab.Len() != len(m.recs) {
		m.t.Fatalf("%d rows, want %d", m.tab.Len(), len(m.recs))
	}
	for _, index := range []string{"id", "ct", "lm", "age"} {
		g := thingset.Range{Index: index, Desc: rnd.IntN(2) == 0}
		bound := func() []byte {
			if rnd.IntN(3) == 0 {
				return nil
			}
			return thingset.SortKey(nil, gjson.Parse(fmt.Sprint(rnd.IntN(60))))
		}
		if index != "id" {
			g.From, g.To = bound(), bound()
		}
		if got, want := m.ids(g), m.want(g); !slices.Equal(got, want) {
			m.t.Fatalf("walk %+v:\n got %v\nwant %v", g, got, want)
		}
	}
	for id, body := range m.recs {
		r := m.tab.Find(id)
		if r == 0 || string(m.tab.ID(r)) != id {
			m.t.Fatalf("%s is not found", id)
		}
		for k := range people().Unique {
			if v, ok := thingset.UniqueValues(people(), k, []byte(body)); ok && m.tab.Holder(k, thingset.JoinValues(v)) != r {
				m.t.Fatalf("%s does not hold %v", id, v)
			}
		}
		if b := m.tab.Body(r); b != nil && string(b.Data) != body {
			m.t.Fatalf("%s has the body %s, want %s", id, b.Data, body)
		}
	}
}

func TestTableAgreesWithAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		m := newModel(t)
		ids := 20 + 1000*int(seed)
		var snap Snap
		var seen []string
		for step := range 6_000 {
			id := fmt.Sprint("r", rnd.IntN(ids))
			if rnd.IntN(4) == 0 {
				m.drop(id)
			} else {
				m.put(id, fmt.Sprintf(`{"id":%q,"nm":"n%s","a":%q,"b":1,"age":%d,"ct":%d,"lm":%d,"expi":%d}`, id, id, id, rnd.IntN(50), rnd.IntN(50), step, rnd.IntN(3)*step))
			}
			switch {
			case step%500 == 0:
				m.check(rnd)
			case step%500 == 100:
				snap, _ = m.tab.Walk(thingset.Range{Index: "age"})
				seen = m.want(thingset.Range{Index: "age"})
				m.old = nil // kept for ever: the walk may see them
			case step%500 == 300 && seen != nil:
				if got := m.names(snap); !slices.Equal(got, seen) {
					t.Fatalf("a snapshot changed:\n got %v\nwant %v", got, seen)
				}
			case step%500 > 300 || step%500 < 100:
				m.release()
			}
		}
		m.check(rnd)
	}
}

func TestLoadMakesWhatAddMakes(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 5))
	m := newModel(t)
	loader := m.tab.Load(10)
	for i := range 3000 {
		id := fmt.Sprint("r", rnd.IntN(1000))
		if rnd.IntN(5) == 0 {
			loader.Drop(id)
			delete(m.recs, id)
			continue
		}
		body := fmt.Sprintf(`{"id":%q,"nm":"n%s","age":%d,"ct":%d,"lm":%d}`, id, id, rnd.IntN(50), rnd.IntN(50), i)
		loader.Put(m.tab.Shape().AppendKeys(nil, id, []byte(body)), thingset.Rev(i+1), Place{})
		m.recs[id] = body
	}
	loader.End(0, func(r, _ Row, _ int) { t.Errorf("%s clashes", m.tab.ID(r)) })
	m.check(rnd)
	for i := range 500 {
		m.put(fmt.Sprint("s", i), fmt.Sprintf(`{"age":%d}`, rnd.IntN(50)))
	}
	m.check(rnd)
}

func TestLoadReportsTwoHolders(t *testing.T) {
	t.Parallel()
	tab := NewTable(NewShape(people()), NewCache(0))
	l := tab.Load(0)
	for i, body := range []string{`{"nm":"x"}`, `{"nm":"x"}`, `{"nm":"x","expi":5}`, `{"a":"x","b":"y"}`} {
		id := fmt.Sprint("r", i)
		l.Put(tab.Shape().AppendKeys(nil, id, []byte(body)), 1, Place{})
	}
	var got []string
	l.End(10, func(r, holder Row, key int) {
		got = append(got, fmt.Sprintf("%s %s %d", tab.ID(r), tab.ID(holder), key))
	})
	if want := []string{"r1 r0 0"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSwappedUniqueValues(t *testing.T) {
	t.Parallel()
	m := newModel(t)
	m.put("a", `{"nm":"1"}`)
	m.put("b", `{"nm":"2"}`)
	a, b := m.tab.Find("a"), m.tab.Find("b")
	m.tab.Unclaim(a)
	m.tab.Unclaim(b)
	m.put("a", `{"nm":"2"}`)
	m.put("b", `{"nm":"1"}`)
	if m.tab.Holder(0, "2") != m.tab.Find("a") || m.tab.Holder(0, "1") != m.tab.Find("b") {
		t.Error("the values were not swapped")
	}
}

func TestCacheStaysBelowItsLimit(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	cache := NewCache(limit)
	tab := NewTable(NewShape(thingset.Def{}), cache)
	var hot Row
	for i := range 5000 {
		id := fmt.Sprint("r", i)
		r := tab.Add(tab.Shape().AppendKeys(nil, id, []byte(`{}`)), 1, Place{}, 0)
		tab.SetBody(r, id, make([]byte, 500))
		if i == 0 {
			hot = r
		}
		if tab.Body(hot) == nil {
			t.Fatalf("what is used all the time was evicted after %d", i)
		}
		if cache.Used() > limit {
			t.Fatalf("the cache holds %d", cache.Used())
		}
	}
	tab.Forget()
	if cache.Used() != 0 {
		t.Errorf("the cache holds %d after all was forgotten", cache.Used())
	}
}

func FuzzCutNeverPanicsAndRoundTrips(f *testing.F) {
	s := NewShape(people())
	f.Add([]byte(s.AppendKeys(nil, "id", []byte(`{"nm":"x","a":"1","b":"2","age":3,"expi":77}`))))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, rest, ok := s.Cut(data)
		if !ok {
			return
		}
		if !bytes.Equal(append(bytes.Clone(k), rest...), data) {
			t.Fatal("the parts are not the whole")
		}
		for n := range s.fields() {
			k.field(n)
		}
		k.Expi()
	})
}

func FuzzKeysHoldWhatTheRecordHas(f *testing.F) {
	f.Add(`{"id":"x","nm":"n","a":"1","b":2,"age":3.5,"expi":77,"ct":1,"ct":2,"addr":{"city":"x"}}`)
	f.Add(`{"\u006em":"escaped","age":null,"age":1,"lm":"s","expi":-1}`)
	f.Add(`{"a.b":1,"x":{"y":[1]}}`)
	def := people()
	def.Indexes = append(def.Indexes, "addr.city")
	s := NewShape(def)
	f.Fuzz(func(t *testing.T, body string) {
		if !gjson.Valid(body) || !gjson.Parse(body).IsObject() {
			return
		}
		k := s.AppendKeys(nil, "x", []byte(body))
		if got, want := k.Expi(), thingset.Expi([]byte(body)); got != want {
			t.Errorf("expires at %d, want %d", got, want)
		}
		for n := range def.Unique {
			got, ok := k.Unique(n)
			want, claims := thingset.UniqueValues(def, n, []byte(body))
			if ok != claims || ok && string(got) != thingset.JoinValues(want) {
				t.Errorf("unique key %d is %q %v, want %q %v", n, got, ok, want, claims)
			}
		}
		for n, key := range s.orders[1:] {
			if got, want := s.sort(nil, k, n+1), thingset.SortKey(nil, thingset.Field([]byte(body), key)); !bytes.Equal(got, want) {
				t.Errorf("%s sorts by %q, want %q", key, got, want)
			}
		}
	})
}
