package main

import (
	"io"
	"log/slog"
	"os"
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
