package main

import (
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// The doctor works where others work too: what is open answers afterwards, with
// and without --repair, and nobody has to define anything again.
func TestTheDoctorTakesNoDomainDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := newApp(slog.New(slog.DiscardHandler))
	if err := a.open(dir); err != nil {
		t.Fatal(err)
	}
	defer a.close()
	d, err := a.root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Tree(domain.Owner).WriteFile("orders/thing.json", []byte(`{nm:"orders"}`)); err != nil {
		t.Fatal(err)
	}
	orders, err := db(d).Set(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := db(d).Plain(t.Context(), ".domain/session/s", thingset.Def{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(id string) {
		t.Helper()
		for _, set := range []string{"orders", ".domain/session/s"} {
			if _, err := db(d).Commit(t.Context(), thingset.Write{Set: set, ID: id, Body: []byte(`{"id":"` + id + `","nm":"` + id + `"}`)}); err != nil {
				t.Error(err)
			}
		}
	}
	doctor := func(repair bool, want int) string {
		t.Helper()
		job := ctl.Job{Do: "doctor", Lang: domain.EN, Vars: map[string]string{}}
		if repair {
			job.Vars["repair"] = "true"
		}
		var out strings.Builder
		if code := a.do(t.Context(), job, ctl.Stdio{Out: &out, Err: io.Discard}); code != want {
			t.Errorf("doctor, repair %v: %d %s", repair, code, out.String())
		}
		return out.String()
	}
	write("a")
	for i, repair := range []bool{false, true, false} {
		doctor(repair, 0)
		for _, s := range []*thingset.Set{orders, sessions} {
			if n, err := s.Count(t.Context()); err != nil || n != i+1 {
				t.Errorf("repair %v: %d records, %v", repair, n, err)
			}
		}
		if err := a.ready(t.Context()); err != nil {
			t.Error(err)
		}
		write(string(rune('b' + i)))
	}
	if err := a.store.CloseDomain("demo"); err != nil { // all is settled
		t.Fatal(err)
	}
	file := filepath.Join(dir, "demo", "orders", "index", "a.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := doctor(false, 1); !strings.Contains(out, "a.json: no record") {
		t.Error(out)
	}
	if out := doctor(true, 0); !strings.Contains(out, "the last good version is back") {
		t.Error(out)
	}
	if n, err := orders.Count(t.Context()); err != nil || n != 4 {
		t.Error(n, err)
	}
}

// On a file system that is read-only the doctor looks all the same, and says what
// it finds.
func TestTheDoctorLooksAtAReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	for _, words := range [][]string{
		{"init", "demo"},
		{"thing", "~/orders", "init", "-c"},
		{"thing", "~/orders", "create", "-fields", `{id:"o1", nm:"first"}`, "-c"},
	} {
		if out, errs, code := r.run("", words...); code != 0 {
			t.Fatal(out, errs)
		}
	}
	doctor := func(want int) string {
		t.Helper()
		c := r.cmd(t.Context(), "doctor", "demo")
		// A user and mount namespace of its own, in which the root is mounted read-only.
		script := `mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99; ! touch "$0/x" 2>/dev/null || exit 98; exec "$@"`
		c.Args = append([]string{"unshare", "-rm", "sh", "-c", script, r.dir}, c.Args...)
		c.Path, c.Err = exec.LookPath("unshare")
		out, err := c.CombinedOutput()
		if c.ProcessState == nil || c.ProcessState.ExitCode() == 99 || strings.HasPrefix(string(out), "unshare:") {
			t.Skipf("nothing can be mounted here: %v %s", err, out)
		}
		if code := c.ProcessState.ExitCode(); code != want {
			t.Errorf("exit %d: %s", code, out)
		}
		return string(out)
	}
	if out := doctor(0); out != "demo: ok\n" {
		t.Error(out)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "demo", "orders", "index", "o1.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := doctor(1); !strings.Contains(out, "o1.json: no record") {
		t.Error(out)
	}
}

// Without a server the doctor holds files that people have added to the rules of thing.json,
// and leaves them alone.
func TestTheDoctorKnowsTheRulesOfSetsThatNobodyUses(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	for _, words := range [][]string{
		{"init", "demo"},
		{"thing", "~/orders", "init", "-fields", `{uniqueKeys:[{name:["v"]}], fields:[{key:"nm", validate:{notNull:true}}]}`, "-c"},
		{"thing", "~/orders", "create", "-fields", `{id:"o1", nm:"first", v:1}`, "-c"},
	} {
		if out, errs, code := r.run("", words...); code != 0 {
			t.Fatal(out, errs)
		}
	}
	for name, text := range map[string]string{"key": `{id:"key", nm:"x", v:1}`, "rule": `{id:"rule", v:2}`, "good": `{id:"good", nm:"x", v:3}`} {
		if err := os.WriteFile(filepath.Join(r.dir, "demo/orders/index", name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "demo: ~/orders/index/key.json: it does not count: its unique key [v] is that of o1; mend it or remove it\n" +
		"demo: ~/orders/index/rule.json: it does not count: e.thing.fld.notNull : nm ; mend it or remove it\n"
	for _, words := range [][]string{{"doctor", "demo"}, {"doctor", "demo", "--repair"}} {
		if out, errs, code := r.run("", words...); out != want || code != 1 {
			t.Errorf("%v: %d %s%s", words, code, out, errs)
		}
	}
	if out, errs, code := r.run("", "thing", "~/orders", "query", "-e", "^id$", "-c"); out != `[{"id":"good"},{"id":"o1"}]`+"\n" || code != 0 {
		t.Error(out, errs)
	}
}
