package main

import (
	"os"
	"strings"
	"testing"
)

// things counts the things of a set.
func (r *root) things(set string) int {
	r.t.Helper()
	return strings.Count(r.must("thing", set, "query", "-e", "^id$"), `"id"`)
}

// A set whose folder was removed is gone, beside a running server and without one: what is
// made there again is empty, after a kill too, and the doctor finds nothing.
func TestARemovedSetIsGone(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	fill := func(set string) {
		t.Helper()
		r.must("thing", set, "init")
		for _, id := range []string{"a", "b", "c"} {
			r.must("thing", set, "create", "-fields", `{id:"`+id+`"}`)
		}
	}
	well := func() {
		t.Helper()
		if out := r.must("doctor", "demo"); out != "demo: ok\n" {
			t.Fatalf("the doctor says %s", out)
		}
	}
	gone := func(set string) {
		t.Helper()
		if _, errs, code := r.run("", "thing", set, "query"); code != 1 || !strings.Contains(errs, "e.thing.set.noexists") {
			t.Fatalf("%s: exit %d %s", set, code, errs)
		}
		if _, err := os.Stat(r.path("demo", strings.TrimPrefix(set, "~/"))); err == nil {
			t.Fatalf("the folder of %s stays", set)
		}
		r.must("thing", set, "init")
		if n := r.things(set); n != 0 {
			t.Fatalf("%s: %d things came back", set, n)
		}
	}
	s := r.serve()
	for _, set := range []string{"~/shop/orders", "~/shop/items", "~/notes"} {
		fill(set)
	}
	r.must("rm", "-r", "~/shop")
	gone("~/shop/orders")
	well()
	fill("~/shop/items") // again, with the same ids
	r.must("rm", "-r", "~/shop")
	s.kill()
	well()
	gone("~/shop/items")
	s = r.serve()
	fill("~/shop/orders")
	if code := s.stop(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	r.must("rm", "-r", "~/shop") // nobody has it open
	well()
	gone("~/shop/orders")
	s = r.serve()
	if n := r.things("~/shop/orders"); n != 0 {
		t.Fatalf("%d things came back", n)
	}
	if n := r.things("~/notes"); n != 3 {
		t.Fatalf("%d things beside it", n)
	}
	well()
	s.stop()
	well()
}

// A set that is damaged, since its records were removed by hand, can be removed.
func TestADamagedSetCanBeRemoved(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/orders", "init")
	r.must("thing", "~/orders", "create", "-fields", `{id:"a"}`)
	if err := os.RemoveAll(r.path("demo", "orders")); err != nil {
		t.Fatal(err)
	}
	r.must("mkdir", "~/orders")
	r.must("rm", "-r", "~/orders")
	r.must("thing", "~/orders", "init")
	if n := r.things("~/orders"); n != 0 {
		t.Errorf("%d things", n)
	}
	if out := r.must("doctor", "demo"); out != "demo: ok\n" {
		t.Errorf("the doctor says %s", out)
	}
}

// A set does not follow a new name of its folder; the answer says what to do, which works.
func TestASetIsMovedAsTheAnswerSays(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	s := r.serve()
	r.must("thing", "~/old", "init")
	for _, id := range []string{"a", "b"} {
		r.must("thing", "~/old", "create", "-fields", `{id:"`+id+`"}`)
	}
	if _, errs, code := r.run("", "mv", "~/old", "~/new"); code != 1 || !strings.Contains(errs, "carya doctor demo --repair") {
		t.Fatalf("exit %d %s", code, errs)
	}
	s.stop()
	if err := os.Rename(r.path("demo", "old"), r.path("demo", "new")); err != nil {
		t.Fatal(err)
	}
	r.run("", "doctor", "demo", "--repair") // it tells of the old name
	s = r.serve()
	if n := r.things("~/new"); n != 2 {
		t.Errorf("%d things moved", n)
	}
	r.must("thing", "~/old", "init")
	if n := r.things("~/old"); n != 0 {
		t.Errorf("%d things stay", n)
	}
	r.must("doctor", "demo")
	s.stop()
}
