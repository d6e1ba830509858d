package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

// A crash between two steps of settling leaves a unique value in packs twice: who
// had it before has given it up in the journal. That is no fault.
func TestTheDoctorWaitsForTheJournalWithUniqueKeys(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	open := func() *Store {
		s := lasting(t, top, time.Hour)
		if err := s.Define(t.Context(), "demo", "set", thingset.Def{Loose: -1, Unique: [][]string{{"u"}}}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	put := func(s *Store, id, u string) {
		t.Helper()
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "set", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"u":%q}`, id, u)}}); err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	put(s, "a", "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	put(s, "a", "y")
	put(s, "b", "x")
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	r.busy.Lock()
	one := r.takeStep(r.sets["set"], r.rev)
	one.puts = slices.DeleteFunc(one.puts, func(p *settling) bool { return p.id == "a" })
	err = one.run()
	one.release()
	r.busy.Unlock()
	if err != nil || len(one.puts) != 1 {
		t.Fatal(err, len(one.puts))
	}
	left := copyTree(t, top)
	if list := verify(t, left, false); len(list) > 0 {
		t.Error(list)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
