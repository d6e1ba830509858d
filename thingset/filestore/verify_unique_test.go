package filestore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
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

// Unique values that two records have are found whatever part of the hashes is in
// memory at once, and what is out of date in packs makes no claim.
func TestTheDoctorFindsUniqueValuesOfTwo(t *testing.T) {
	t.Parallel()
	for _, hashed := range []int{0, 7, 100} {
		top := t.TempDir()
		dir := filepath.Join(top, "demo", "set", "index")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		def := thingset.Def{Loose: -1, Unique: [][]string{{"u"}, {"v", "w"}}}
		code, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		shape := rows.NewShape(def)
		d, err := disk.Open(filepath.Join(top, "demo"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for n := range 3 {
			p, err := pack.Create(d, "set/index", n+1, false)
			if err != nil {
				t.Fatal(err)
			}
			b := p.Batch(0, 0)
			for i := range 100 {
				id := fmt.Sprintf("r%d", n*100+i)
				u, w := n*100+i, n*100+i
				switch {
				case n == 1 && i == 5:
					u = 5 // the value of r5
				case n == 2 && i == 7:
					w = 7 // that of r7, which is gone
				case n == 2 && i == 8:
					w = 8 // that of r8
				case n == 2 && i == 9:
					id, u = "r9", 9 // the record itself
				case n == 2 && i == 10:
					u = 109 // that of r109, which has another one by now
				case n == 2 && i == 11:
					id, u = "r109", 1000
				}
				body := fmt.Appendf(nil, `{"id":%q,"u":%d,"v":"x","w":%d}`, id, u, w)
				b.Put(thingset.Rev(n*100+i+1), body, shape.AppendKeys(nil, id, body), rows.Stamp{})
			}
			if n == 1 {
				b.Gone(200, "r7")
			}
			if err := p.Write(b, code, false); err != nil {
				t.Fatal(err)
			}
			p.Close()
		}
		var list []string
		v := &verifier{hashed: hashed, known: nothing{}, report: func(f Fault) { list = append(list, f.Msg.EN) }}
		if err := v.open(filepath.Join(top, "demo")); err != nil {
			t.Fatal(err)
		}
		if err := v.walk("."); err != nil {
			t.Fatal(err)
		}
		v.d.Close()
		if len(list) != 2 || !strings.Contains(list[0], "r5 and r105 have the same unique key [u]") || !strings.Contains(list[1], "r8 and r208 have the same unique key [v w]") {
			t.Errorf("%d at once: %q", hashed, list)
		}
	}
}

// nothing is an empty journal.
type nothing struct{}

func (nothing) Mark(string) (m pack.Mark, ok bool) { return m, false }
func (nothing) Sets() []string                     { return nil }

func (nothing) Whole() bool                { return false }
func (nothing) Logs(string) bool           { return false }
func (nothing) Writes(string, []byte) bool { return false }
