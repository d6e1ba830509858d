package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

func models() []check {
	var out []check
	for seed := range uint64(4) {
		out = append(out, check{fmt.Sprint("random batches agree with a model, seed ", seed), func(b *bench) {
			m := &model{bench: b, rnd: rand.New(rand.NewPCG(seed, 7)), recs: map[string]thingset.Record{}}
			m.run(400)
		}})
	}
	return out
}

// model is the contract written as plainly as possible: a map, looked through
// from end to end every time.
type model struct {
	*bench
	rnd  *rand.Rand
	recs map[string]thingset.Record
	rev  thingset.Rev
	def  thingset.Def
}

func (m *model) run(steps int) {
	m.def = people()
	m.define(m.def)
	for step := range steps {
		m.step()
		switch {
		case step%97 == 96:
			m.redefine()
		case step%10 == 9:
			m.compare()
		}
		if m.Failed() {
			m.Fatalf("at step %d", step)
		}
	}
	m.compare()
}

// step commits a random batch to both.
func (m *model) step() {
	batch := make([]thingset.Write, 1+m.rnd.IntN(4))
	for i := range batch {
		batch[i] = m.write()
	}
	next, want := m.try(batch)
	rev, err := m.s.Commit(m.Context(), dom, batch)
	if got := domain.CodeOf(err); got != want {
		m.Fatalf("commit of %v: %q (%v), want %q", show(batch), got, err, want)
	}
	if want != "" {
		return
	}
	if next != nil {
		m.recs = next
		m.rev++
	}
	if rev != m.rev {
		m.Fatalf("commit of %v is %d, want %d", show(batch), rev, m.rev)
	}
}

func show(batch []thingset.Write) (out []string) {
	for _, w := range batch {
		out = append(out, fmt.Sprintf("%s %s if %d", w.ID, w.Body, w.If))
	}
	return out
}

func (m *model) write() thingset.Write {
	id := fmt.Sprint("r", m.rnd.IntN(30))
	w := del(id)
	if m.rnd.IntN(4) > 0 {
		w = put(id, m.members())
	}
	switch m.rnd.IntN(8) {
	case 0:
		w.If = thingset.Absent
	case 1:
		w.If = m.recs[id].Rev
	case 2:
		w.If = thingset.Rev(1 + m.rnd.IntN(int(m.rev)+1))
	}
	return w
}

// members are few values, so that they meet.
func (m *model) members() string {
	value := func() string {
		pool := []string{"null", `""`, `"a"`, `"b"`, `"ab"`, "1", `"1"`, "2.5", "-3", "true", `"\u0000"`, `"小白"`}
		return pool[m.rnd.IntN(len(pool))]
	}
	var out []string
	for _, name := range []string{"nm", "phone", "country", "card", "age", "ct"} {
		if m.rnd.IntN(3) > 0 {
			out = append(out, fmt.Sprintf("%q:%s", name, value()))
		}
	}
	if m.rnd.IntN(2) == 0 {
		out = append(out, `"addr":{"city":`+value()+`}`)
	}
	return strings.Join(out, ",")
}

// try gives the records after a batch, nil when it writes nothing, or the code
// of its failure.
func (m *model) try(batch []thingset.Write) (map[string]thingset.Record, string) {
	next, wrote, seen := map[string]thingset.Record{}, false, map[string]bool{}
	for id, rec := range m.recs {
		next[id] = rec
	}
	failed := ""
	for _, w := range batch {
		old, there := m.recs[w.ID]
		switch {
		case seen[w.ID]:
			return nil, "e.thing.id"
		case w.If == thingset.Absent && there, w.If != 0 && w.If != thingset.Absent && w.If != old.Rev:
			failed = cmp.Or(failed, "e.thing.rev")
		}
		seen[w.ID] = true
		wrote = wrote || there || w.Body != nil
		if delete(next, w.ID); w.Body != nil {
			next[w.ID] = thingset.Record{ID: w.ID, Rev: m.rev + 1, Body: w.Body}
		}
	}
	switch {
	case failed != "":
		return nil, failed
	case broken(m.def, next):
		return nil, "e.thing.ukey.duplicated"
	case !wrote:
		return nil, ""
	}
	return next, ""
}

// broken reports whether two records hold the same values of a unique key.
func broken(def thingset.Def, recs map[string]thingset.Record) bool {
	for key := range def.Unique {
		held := map[string]bool{}
		for _, rec := range recs {
			values, ok := thingset.UniqueValues(def, key, rec.Body)
			if at := fmt.Sprintf("%q", values); ok && held[at] {
				return true
			} else if ok {
				held[at] = true
			}
		}
	}
	return false
}

// redefine takes other keys and indexes.
func (m *model) redefine() {
	all := people()
	def := thingset.Def{}
	for _, key := range append(all.Unique, []string{"addr.city"}) {
		if m.rnd.IntN(2) == 0 {
			def.Unique = append(def.Unique, key)
		}
	}
	def.Indexes = all.Indexes[m.rnd.IntN(2):]
	err := m.s.Define(m.Context(), dom, set, def)
	if broken(def, m.recs) {
		m.code(err, "e.thing.ukey.duplicated")
		return
	}
	m.ok(err)
	m.def = def
}

// compare asks both everything.
func (m *model) compare() {
	m.Helper()
	m.count(len(m.recs))
	for i := range 30 {
		id := fmt.Sprint("r", i)
		want, there := m.recs[id]
		if !there {
			m.absent(id)
			continue
		}
		got := m.get(id)
		m.same(fmt.Sprint(got.Rev, string(got.Body)), fmt.Sprint(want.Rev, string(want.Body)))
		m.compareFind(want)
	}
	for _, index := range append([]string{"", "id", "ct", "lm"}, m.def.Indexes...) {
		m.compareScan(thingset.Range{Index: index, Desc: m.rnd.IntN(2) == 0})
		pool := []string{"null", "-3", "1", "2.5", `""`, `"a"`, `"b"`, `"r2"`, `"r9"`}
		from, to := pool[m.rnd.IntN(len(pool))], pool[m.rnd.IntN(len(pool))]
		m.compareScan(thingset.Range{Index: index, From: key(from), To: key(to), Desc: m.rnd.IntN(2) == 0})
	}
}

func (m *model) compareFind(rec thingset.Record) {
	m.Helper()
	for key := range m.def.Unique {
		if values, ok := thingset.UniqueValues(m.def, key, rec.Body); ok {
			m.finds(rec.ID, key, values...)
		}
	}
}

func (m *model) compareScan(r thingset.Range) {
	m.Helper()
	type row struct{ key, id string }
	var rows []row
	for id, rec := range m.recs {
		k := string(thingset.IndexKey(nil, cmp.Or(r.Index, "id"), rec.Body))
		if k >= string(r.From) && (r.To == nil || k < string(r.To)) {
			rows = append(rows, row{k, id})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)) })
	if r.Desc {
		slices.Reverse(rows)
	}
	want := []string{}
	for _, row := range rows {
		want = append(want, row.id)
	}
	m.same(m.scan(r), want)
}
