package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
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
	kept, err := filepath.Glob(s.path("demo", ".domain", "journal", "*.log"))
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

// Who followed a domain that was lost does not take the changes of the restored
// one for those that it missed.
func TestARestoredDomainBeginsAFeedOfItsOwn(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.must("thing", "~/orders", "init")
	r.must("thing", "~/orders", "create", "-fields", `{id:"a",n:1}`)
	file := filepath.Join(t.TempDir(), "demo.tar.zst")
	r.must("backup", "demo", file)
	r.must("thing", "~/orders", "create", "-fields", `{id:"lost",n:1}`)
	last := gjson.Get(r.must("thing", "~/orders", "watch", `{id:"lost"}`, "-after", "0", "-n", "1"), "rev").String()
	r.must("restore", file, "--as", "copy")
	for range 5 {
		r.must("-d", "copy", "thing", "~/orders", "create", "-fields", `{n:2}`)
	}
	for _, rev := range []string{"0", "1", last} {
		if out, errs, code := r.run("", "-d", "copy", "thing", "~/orders", "watch", "-after", rev, "-n", "1"); code == 0 || out != "" || !strings.Contains(errs, "e.thing.feed.lost") {
			t.Errorf("after %s: exit %d, %q, %q", rev, code, out, errs)
		}
	}
	rec := r.must("-d", "copy", "thing", "~/orders", "create", "-fields", `{id:"new"}`)
	_, errs, _ := r.run("", "-d", "copy", "thing", "~/orders", "watch", "-after", "0", "-n", "1")
	now, _, _ := strings.Cut(errs[strings.LastIndex(errs, " ")+1:], "\n")
	n, err := strconv.ParseUint(now, 10, 53)
	if err != nil {
		t.Fatalf("%q: %v", errs, err)
	}
	out := r.must("-d", "copy", "thing", "~/orders", "watch", "-after", strconv.FormatUint(n-2, 10), "-n", "2")
	if gjson.Get(rec, "id").Str != "new" || !strings.Contains(out, fmt.Sprintf(`{"rev":%d,"event":"created","id":"new"`, n)) {
		t.Errorf("%s\n%s", rec, out)
	}
}
