// Package storetest holds every engine to the contract of thingset.Store. An
// engine's own test is Run and Benchmark with a function that opens it, and
// whatever only that engine can do.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Opener gives an empty store that is closed with the test. It has to take the
// domains that Domains names.
type Opener func(t testing.TB) thingset.Store

// Domains are the domains that the suite uses.
func Domains() []string { return []string{dom, "other"} }

const (
	dom = "demo"
	set = "accounts"
)

// Run is the suite.
func Run(t *testing.T, open Opener) {
	for _, c := range slices.Concat(records(), conditions(), uniques(), defines(), scans(), feeds(), expiries(), drops(), crowds(), models()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&bench{TB: t, s: open(t)})
		})
	}
}

// check is one test of the suite.
type check struct {
	name string
	run  func(b *bench)
}

// bench is a store under test with what every check does with it.
type bench struct {
	testing.TB
	s thingset.Store
}

// people is the definition that most checks use.
func people() thingset.Def {
	return thingset.Def{
		Unique:  [][]string{{"nm"}, {"phone"}, {"country", "card"}},
		Indexes: []string{"age", "addr.city", "age,nm"},
	}
}

func (b *bench) define(def thingset.Def) {
	b.Helper()
	b.ok(b.s.Define(b.Context(), dom, set, def))
}

// put is a write of a record; members are JSON members without id.
func put(id, members string) thingset.Write {
	if members != "" {
		members = "," + members
	}
	return thingset.Write{Set: set, ID: id, Body: fmt.Appendf(nil, `{"id":%q%s}`, id, members)}
}

func del(id string) thingset.Write { return thingset.Write{Set: set, ID: id} }

// given adds a condition to a write.
func given(w thingset.Write, cond thingset.Rev) thingset.Write {
	w.If = cond
	return w
}

func (b *bench) commit(batch ...thingset.Write) thingset.Rev {
	b.Helper()
	rev, err := b.s.Commit(b.Context(), dom, batch)
	b.ok(err)
	return rev
}

// fails commits a batch that must fail with a code and change nothing.
func (b *bench) fails(code string, batch ...thingset.Write) error {
	b.Helper()
	before := b.dump()
	_, err := b.s.Commit(b.Context(), dom, batch)
	b.code(err, code)
	if after := b.dump(); after != before {
		b.Errorf("a failed commit changed the set:\n%s\nwas:\n%s", after, before)
	}
	return err
}

// dump is a set as text.
func (b *bench) dump() string {
	b.Helper()
	var out []byte
	for rec, err := range b.s.Scan(b.Context(), dom, set, thingset.Range{}) {
		b.ok(err)
		out = fmt.Appendf(out, "%s@%d %s\n", rec.ID, rec.Rev, rec.Body)
	}
	return string(out)
}

func (b *bench) get(id string) thingset.Record {
	b.Helper()
	rec, err := b.s.Get(b.Context(), dom, set, id)
	b.ok(err)
	return rec
}

// absent holds when no way leads to a record of that id.
func (b *bench) absent(id string) {
	b.Helper()
	_, err := b.s.Get(b.Context(), dom, set, id)
	b.code(err, "e.thing.noexists")
}

func (b *bench) body(id, want string) {
	b.Helper()
	if got := string(b.get(id).Body); got != want {
		b.Errorf("%s is %s, want %s", id, got, want)
	}
}

// finds holds when the record with the values of a unique key is that of id; ""
// asks for none.
func (b *bench) finds(id string, key int, values ...string) {
	b.Helper()
	rec, err := b.s.Find(b.Context(), dom, set, key, values...)
	if id == "" {
		b.code(err, "e.thing.noexists")
		return
	}
	b.ok(err)
	if rec.ID != id {
		b.Errorf("key %d %q finds %q, want %q", key, values, rec.ID, id)
	}
}

func (b *bench) count(want int) {
	b.Helper()
	n, err := b.s.Count(b.Context(), dom, set)
	b.ok(err)
	if n != want {
		b.Errorf("count is %d, want %d", n, want)
	}
}

// scan is the ids of a walk.
func (b *bench) scan(r thingset.Range) []string {
	b.Helper()
	ids := []string{}
	for rec, err := range b.s.Scan(b.Context(), dom, set, r) {
		b.ok(err)
		ids = append(ids, rec.ID)
	}
	return ids
}

func (b *bench) same(got, want any) {
	b.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		b.Errorf("got  %s\nwant %s", g, w)
	}
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) code(err error, want string) {
	b.Helper()
	if got := domain.CodeOf(err); got != want {
		b.Fatalf("error is %q (%v), want %q", got, err, want)
	}
}

// ended is a context that has been canceled.
func (b *bench) ended() context.Context {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	return ctx
}
