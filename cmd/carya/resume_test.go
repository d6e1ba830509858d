package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A page that was listening comes back after the server was stopped, or killed,
// and gets what it missed, once and in order.
func TestAStreamGoesOnOverARestartOfTheServer(t *testing.T) {
	t.Parallel()
	s := newWatched(t)
	create := func(id string) {
		s.must("thing", "~/orders", "create", "-fields", fmt.Sprintf(`{id:%q,kind:"a",n:"%s"}`, id, id))
	}
	want := func(in *stream, last string, ids ...string) string {
		t.Helper()
		for _, id := range ids {
			e := in.next()
			if e["event"] != "created" || !strings.Contains(e["data"], fmt.Sprintf(`"id":%q`, id)) || e["id"] <= last && len(e["id"]) == len(last) {
				t.Fatalf("%q after %s, want %s", e, last, id)
			}
			last = e["id"]
		}
		return last
	}
	in := s.listen(t, "/api/demo/feed?kind=a", "")
	create("x0")
	last := want(in, "0", "x0")
	in.resp.Body.Close()
	for round, end := range []func(){func() { s.stop() }, func() { s.kill() }, func() { s.kill() }} {
		a, b, c := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round), fmt.Sprintf("c%d", round)
		create(a)
		create(b)
		end()
		s = s.root.serve()
		create(c)
		in := s.listen(t, "/api/demo/feed?kind=a", last)
		last = want(in, last, a, b, c)
		in.resp.Body.Close()
		if e := s.listen(t, "/api/demo/feed?kind=a", "999999").next(); e["event"] != "lost" {
			t.Errorf("the future: %q", e)
		}
	}
	s.must("thing", "~/orders", "update", "x0", "-fields", `{kind:"b"}`)
	s.stop()
	out := s.must("thing", "~/orders", "watch", `{kind:"a"}`, "-after", last, "-n", "1", "-e", "^n$")
	if !strings.Contains(out, `"event":"left","id":"x0"}`) {
		t.Errorf("%q", out)
	}
	kept, err := filepath.Glob(s.path("demo", ".domain", "journal", "*.feed"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("%q, %v", kept, err)
	}
	for _, name := range kept {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if out, errs, code := s.run("", "thing", "~/orders", "watch", "-after", "1", "-n", "1"); code == 0 || !strings.Contains(errs, "e.thing.feed.lost") || out != "" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}
