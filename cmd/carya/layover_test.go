package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped makes an archive of names and texts in the domain demo; damaged ones have a byte of
// the last text changed.
func (r *root) zipped(damaged bool, texts ...string) {
	r.t.Helper()
	file := r.path("demo", "a.zip")
	f, err := os.Create(file)
	if err != nil {
		r.t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for i := 0; i < len(texts); i += 2 {
		e, err := w.CreateHeader(&zip.FileHeader{Name: texts[i]})
		if err == nil {
			_, err = e.Write([]byte(texts[i+1]))
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		r.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		r.t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if last := texts[len(texts)-1]; err == nil && damaged {
		data = []byte(strings.Replace(string(data), last, strings.ToUpper(last), 1))
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// layover is something that is laid over a folder which is, or was, a ThingSet in use.
type layover struct {
	name    string
	damaged bool
	zip     []string // names and texts, or
	init    string
	refused string // with that code, and nothing is changed
	things  string // else: the things, beside b when the set is in use
}

const nmKey = `{uniqueKeys:[{name:"nm"}]}`

var layovers = []layover{
	{name: "a set", zip: []string{"orders/index/a.json", `{"id":"a","nm":"new"}`, "orders/index/z.json", `{"id":"z"}`, "orders/thing.json", nmKey}, things: "a new,z"},
	{name: "a set and its files", zip: []string{"orders/thing.json", nmKey, "orders/index/a.json", `{"id":"a","nm":"new"}`, "orders/data/a/x.txt", "x"}, things: "a new"},
	{name: "its packs", zip: []string{"orders/other.txt", "x", "orders/thing.json", nmKey, "orders/index/pack-1.jsonl", `{"id":"a","nm":"new"}`}, refused: "e.io.forbidden"},
	{name: "names that mean something", zip: []string{"orders/other.txt", "x", "orders/thing.json", nmKey, "orders/data/a/.x", "x"}, refused: "e.io.forbidden"},
	{name: "a damaged archive", damaged: true, zip: []string{"orders/index/a.json", `{"id":"a","nm":"new"}`, "orders/thing.json", nmKey, "orders/other.txt", "xyz"}, refused: "e.cmd.arg"},
	{name: "a broken thing.json", zip: []string{"orders/index/a.json", `{"id":"a","nm":"new"}`, "orders/thing.json", `{uniqueKeys:[`}, refused: "e.thing.schema"},
	{name: "an init script", init: "@THING orders\n" + nmKey + "\n@FILE orders/index/a.json\n%COPY:\n{\"id\":\"a\",\"nm\":\"new\"}\n%END%\n", things: "a new"},
	{name: "one with a broken thing.json", init: "@FILE orders/index/a.json\n%COPY:\n{\"id\":\"a\",\"nm\":\"new\"}\n%END%\n@THING orders\n{uniqueKeys:[{nom:1}]}\n", refused: "e.domain.init"},
	{name: "one with a thing.json as a file", init: "@FILE other.txt\n@FILE orders/thing.json\n%COPY:\n{uniqueKeys:7}\n%END%\n", refused: "e.domain.init"},
	{name: "one with packs", init: "@FILE other.txt\n@THING orders\n@FILE orders/index/pack-1.jsonl\n%COPY:\nx\n%END%\n", refused: "e.domain.init"},
}

// lay lays it over the domain.
func (l layover) lay(r *root) (errs string, code int) {
	if l.zip != nil {
		r.zipped(l.damaged, l.zip...)
		_, errs, code = r.run("", "unzip", "-f", "-trust", "~/a.zip", "~/")
		return errs, code
	}
	_, errs, code = r.run(l.init, "init", "demo", "--from", "-")
	return errs, code
}

// shown are the things of the set orders, "" when there is none.
func (r *root) shown() string {
	r.t.Helper()
	out, errs, code := r.run("", "thing", "~/orders", "query", "-e", "^id$|^nm$", "-c")
	if code != 0 {
		if !strings.Contains(errs, "e.thing.set.noexists") {
			r.t.Errorf("exit %d %s", code, errs)
		}
		return ""
	}
	return strings.NewReplacer(`[`, "", `]`, "", `{"id":"`, "", `"id":"`, "", `","nm":"`, " ", `"}`, "", `"`, "", "\n", "").Replace(out)
}

// What is laid over a set that is in use, or was until its folder was removed, is there
// whole, or refused and nothing of it is there; things of before stay, or stay away.
func TestWhatIsLaidOverASetIsThereWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, l := range layovers {
		for _, was := range []string{"in use", "dropped"} {
			t.Run(l.name+", "+was, func(t *testing.T) {
				t.Parallel()
				r := newRoot(t)
				r.must("init", "demo")
				s := r.serve()
				r.must("thing", "~/orders", "init", "-fields", nmKey)
				for _, id := range []string{"a", "b"} {
					r.must("thing", "~/orders", "create", "-fields", `{id:"`+id+`",nm:"old `+id+`"}`)
				}
				before, want := "a old a,b old b", l.things
				if was == "dropped" {
					r.must("rm", "-r", "~/orders")
					before = ""
				} else if first, rest, more := strings.Cut(l.things, ","); more {
					want = first + ",b old b," + rest
				} else {
					want = first + ",b old b"
				}
				errs, code := l.lay(r)
				if l.refused != "" {
					want = before
				}
				if (code != 0) != (l.refused != "") || !strings.Contains(errs, l.refused) {
					t.Errorf("exit %d %s", code, errs)
				}
				s.stop() // an edit counts within a second, or when the set is opened next
				for range 2 {
					if got := r.shown(); got != want {
						t.Errorf("there is %q, want %q", got, want)
					}
				}
				if _, err := os.Lstat(r.path("demo", "orders/other.txt")); err == nil {
					t.Error("a part of it is there")
				}
				if _, err := os.Lstat(r.path("demo", "other.txt")); err == nil {
					t.Error("a part of it is there")
				}
				if out := r.must("doctor", "demo"); out != "demo: ok\n" {
					t.Errorf("the doctor says %s", out)
				}
				if was == "dropped" && l.refused != "" {
					if _, err := os.Lstat(r.path("demo", "orders")); err == nil {
						t.Error("its folder is there")
					}
				}
			})
		}
	}
}

// A backup is restored, and a domain is made, in the place of one that was removed by hand a
// moment ago, though the server has it open: what is there then is the new one, at once.
func TestADomainIsMadeInThePlaceOfOneThatWasRemovedByHand(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	s := r.serve()
	fill := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			r.must("thing", "~/orders", "create", "-fields", `{id:"`+id+`"}`)
		}
	}
	r.must("thing", "~/orders", "init")
	fill("a", "b")
	file := filepath.Join(t.TempDir(), "demo.tar.zst")
	r.must("backup", "demo", file)
	for _, how := range []string{"restore", "init"} {
		fill("c")
		for os.RemoveAll(r.path("demo")) != nil { // the server writes beside it
			t.Log("once more")
		}
		if how == "restore" {
			r.must("restore", file)
		} else {
			r.must("init", "demo")
			r.must("thing", "~/orders", "init")
			fill("d")
		}
		want := map[string]string{"restore": "a,b", "init": "d"}[how]
		if got := r.shown(); got != want {
			t.Errorf("%s: there is %q, want %q", how, got, want)
		}
	}
	s.stop()
	if got := r.shown(); got != "d" {
		t.Errorf("later there is %q", got)
	}
	if out := r.must("doctor", "demo"); out != "demo: ok\n" {
		t.Errorf("the doctor says %s", out)
	}
}
