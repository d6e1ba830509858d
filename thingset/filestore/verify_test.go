package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// verify gives the faults of the domain demo.
func verify(t *testing.T, top string, repair bool) (list []Fault) {
	t.Helper()
	if err := Verify(filepath.Join(top, "demo"), repair, func(f Fault) { list = append(list, f) }); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestVerifyFindsNothingWrongWithACrash(t *testing.T) {
	t.Parallel()
	if list := verify(t, crashed(t, time.Hour), false); len(list) != 0 {
		t.Error(list)
	}
}

func TestRepairKeepsWhatItSetsAside(t *testing.T) {
	t.Parallel()
	top := crashed(t, time.Hour)
	file := journalFile(t, top)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte{}, data...)
	damaged[len(data)/2] ^= 0xff
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) != 1 || list[0].Offset < 0 || list[0].Repaired {
		t.Fatalf("%v", list)
	}
	if list := verify(t, top, true); len(list) != 1 || !list[0].Repaired || !strings.Contains(list[0].Msg.EN, "damaged-1") {
		t.Fatalf("%v", list)
	}
	ids, err := reopened(t, top)
	if err != nil || len(ids) != 9 {
		t.Errorf("%v %v", ids, err)
	}
	kept, err := os.ReadFile(filepath.Join(top, "demo", journal.Dir, "damaged-1.log.kept"))
	if err != nil || string(kept) != string(damaged) {
		t.Errorf("the damaged segment is not kept: %v", err)
	}
}

func TestRepairMovesABrokenRecordAside(t *testing.T) {
	t.Parallel()
	top := crashed(t, time.Nanosecond)
	if _, err := reopened(t, top); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(top, "demo", "accounts", "index", "r4.json")
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, true); len(list) != 1 || !list[0].Repaired {
		t.Fatalf("%v", list)
	}
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(file), ".r4.json.broken")); err != nil || string(text) != "{" {
		t.Errorf("%q %v", text, err)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), `"n": 4`) {
		t.Errorf("the last good version is not back: %q %v", text, err)
	}
	if list := verify(t, top, false); len(list) != 0 {
		t.Error(list)
	}
}

// A set of plain records that keeps them in packs has files beside them whose
// names would do for records, too.
func TestPacksOfPlainRecordsAreNoRecords(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	const set = ".domain/guess"
	def := thingset.Def{Plain: true, Loose: -1}
	s := lasting(t, top, time.Nanosecond)
	if err := s.Define(t.Context(), "demo", set, def); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two", "three"} {
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: set, ID: id, Body: []byte(`{"id":"` + id + `"}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	packs := func() []string {
		list, err := filepath.Glob(filepath.Join(top, "demo", set, "pack-*"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := packs()
	if len(before) == 0 {
		t.Fatal("there is no pack")
	}
	for _, repair := range []bool{false, true} {
		if list := verify(t, top, repair); len(list) != 0 {
			t.Errorf("repair %v: %v", repair, list)
		}
	}
	if after := packs(); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("of %q there are left %q", before, after)
	}
	s = lasting(t, top, time.Hour)
	defer s.Close()
	if err := s.Define(t.Context(), "demo", set, def); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range s.Scan(t.Context(), "demo", set, thingset.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d records of 3", n)
	}
}

// A journal that cannot be replayed is told of, whatever is wrong with it.
func TestAJournalThatMakesNoSenseIsTold(t *testing.T) {
	t.Parallel()
	top := crashed(t, time.Hour)
	d, err := disk.Open(filepath.Join(top, "demo"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	j, err := journal.Open(d, journal.Retention{})
	if err == nil {
		err = j.Replay(nobody{})
	}
	if err == nil {
		err = j.Append(func(_ *journal.Segment, g *journal.Group) { g.Commit(1) })
	}
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	for _, repair := range []bool{false, true} {
		if list := verify(t, top, repair); len(list) != 1 || list[0].Repaired || !strings.Contains(list[0].Msg.EN, "makes no sense") {
			t.Errorf("repair %t: %v", repair, list)
		}
	}
}

// nobody is a visitor of a journal that wants nothing.
type nobody struct{}

func (nobody) Segment(*journal.Segment)                               {}
func (nobody) Define(string, []byte) error                            { return nil }
func (nobody) Commit(thingset.Rev)                                    {}
func (nobody) Drop(journal.Drop)                                      {}
func (nobody) Write(*journal.Segment, string, string, []byte, uint32) {}

// A set whose whole folder is gone, with the packs that the state lists, is damage: it does
// not answer, and the doctor says so, whether the domain is in use or not. After a repair it
// begins anew.
func TestVerifyMissesASetWhoseFolderIsGone(t *testing.T) {
	t.Parallel()
	for _, def := range []thingset.Def{{Loose: -1}, {Plain: true, Loose: -1}} {
		top, set := t.TempDir(), "notes"
		if def.Plain {
			set = ".domain/captcha/site/scene"
		}
		dir := filepath.Join(top, "demo", recordDir(set, def.Plain))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		commit := func(s *Store) error {
			if err := s.Define(t.Context(), "demo", set, def); err != nil {
				return err
			}
			_, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: set, ID: "one", Body: []byte(`{"id":"one"}`)}})
			return err
		}
		open := func(work func(s *Store)) {
			s := lasting(t, top, time.Nanosecond)
			work(s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		open(func(s *Store) {
			if err := commit(s); err != nil {
				t.Fatal(err)
			}
		})
		if list := verify(t, top, false); len(list) != 0 {
			t.Fatalf("%v", list)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, top, false); len(list) != 1 || list[0].Repaired || list[0].File != recordDir(set, def.Plain) {
			t.Errorf("%s: %v", set, list)
		}
		open(func(s *Store) {
			if err := commit(s); domain.CodeOf(err) != "e.store.damaged" {
				t.Errorf("%s: %v", set, err)
			}
			var list []Fault
			if err := s.Verify("demo", false, func(f Fault) { list = append(list, f) }); err != nil || len(list) != 1 {
				t.Errorf("%s, in use: %v %v", set, list, err)
			}
		})
		if list := verify(t, top, true); len(list) != 1 || !list[0].Repaired {
			t.Errorf("%s: %v", set, list)
		}
		open(func(s *Store) {
			if err := commit(s); err != nil {
				t.Errorf("%s: after the repair %v", set, err)
			}
		})
		if list := verify(t, top, false); len(list) != 0 {
			t.Errorf("%s: %v", set, list)
		}
	}
}
