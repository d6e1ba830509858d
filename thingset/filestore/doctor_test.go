package filestore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// ended ends the process and gives the folder to whoever comes next.
func (f *frail) ended() {
	f.Helper()
	f.disk.end()
	_ = f.s.Close()
	f.disk.begin(-1)
	f.disk.scanned()
}

// Packs are removed by hand under a server, which writes all records to a new one and is
// killed before the state lists that: the repair takes it in.
func TestARepairTakesABegunPackInWhenOthersAreGone(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	removeAll(t, filepath.Join(f.top, "demo/accounts/index/pack-*"))
	f.set().looked = time.Time{}
	f.put(6, 7, 0)
	f.drop(0)
	f.settleOnly()
	if m := markIn(t, f.top); len(m.Begun) == 0 {
		t.Fatalf("%+v", m)
	}
	f.ended()
	verify(t, f.top, true)
	if list := verify(t, f.top, false); len(list) > 0 {
		t.Error(list)
	}
	f.holds(f.top)
}

// So it does when the power cut has left a part of it, and tells of that.
func TestARepairTakesATornBegunPackInWhenOthersAreGone(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.stepRows = 2
	f.put(0, 6, 0)
	f.rounds(2)
	removeAll(t, filepath.Join(f.top, "demo/accounts/index/pack-*"))
	f.set().looked = time.Time{}
	f.put(6, 7, 0)
	f.settleOnly()
	f.ended()
	lines := filepath.Join(f.top, "demo/accounts/index", packsIn(t, f.top)[0].Lines)
	fi, err := os.Stat(lines)
	if err == nil {
		err = os.Truncate(lines, fi.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	if list := verify(t, f.top, true); len(list) < 2 {
		t.Error(list)
	}
	if list := verify(t, f.top, false); len(list) > 0 {
		t.Error(list)
	}
	s := f.open(f.top, nil)
	defer s.Close()
	if n := count(t, s); n < 3 || n > 5 {
		t.Errorf("%d of 7 records are there", n)
	}
}

// Packs, or the whole folder, are removed by hand under a server: a repair saves what
// memory and open files have first.
func TestARepairBesideAServerSavesWhatMemoryHas(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"accounts/index/pack-*", "accounts/index", "accounts"} {
		for _, notes := range []bool{false, true} {
			f := frailOf(t, notes)
			f.warns = true
			f.put(0, 6, 0)
			f.rounds(2)
			f.put(6, 8, 0)
			f.drop(0)
			if notes {
				what = strings.ReplaceAll(what, "/pack", "/.pack")
			}
			list, err := filepath.Glob(filepath.Join(f.top, "demo", what))
			if err != nil || len(list) == 0 {
				t.Fatal(list, err)
			}
			for _, name := range list {
				if err := os.RemoveAll(name); err != nil {
					t.Fatal(err)
				}
			}
			f.disk.scanned()
			var told []Fault
			if err := f.s.Verify("demo", true, func(f Fault) { told = append(told, f) }); err != nil {
				t.Fatal(err)
			}
			if len(told) != 1 || !told[0].Repaired || told[0].File != "accounts/index" {
				t.Errorf("%s: %v", what, told)
			}
			f.want["late"] = 9
			if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "late", Body: []byte(`{"id":"late","n":9,"x":1}`)}}); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			f.ended()
			f.holds(f.top)
		}
	}
}

// A pack that was copied in is looked at while the set that has taken it in is in use.
func TestLookingAtASetThatTakesAPackIn(t *testing.T) {
	t.Parallel()
	first, dir := looked(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	other := packedDomain(t, 200)
	file := filepath.Join(dir, "accounts/index/pack-2.jsonl")
	for _, ext := range []string{"jsonl", "keys"} {
		if err := os.Rename(filepath.Join(other, "demo/accounts/index/pack-2."+ext), strings.TrimSuffix(file, "jsonl")+ext); err != nil {
			t.Fatal(err)
		}
	}
	s := lasting(t, filepath.Dir(dir), time.Hour)
	defer s.Close()
	s.manual = true
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Unique: [][]string{{"n"}}}); err != nil {
		t.Fatal(err)
	}
	r, _ := s.room("demo")
	if len(r.sets["accounts"].strays) != 1 {
		t.Fatal("it was not taken in")
	}
	if list := lookAt(t, s); len(list) != 0 {
		t.Error(list)
	}
	flip(t, file, 7)
	if list := lookAt(t, s); len(list) != 1 || !strings.HasSuffix(list[0].File, "pack-2.jsonl") {
		t.Error(list)
	}
	flip(t, file, 7)
}

// A record that cannot be read keeps no other one from being written to where it stays.
func TestARecordThatCannotBeReadKeepsNoOtherFromBeingSaved(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.stepRows = 100
	f.put(0, 6, 0)
	f.rounds(2)
	flip(t, filepath.Join(f.top, "demo/accounts/index/pack-1.jsonl"), 60)
	removeAll(t, filepath.Join(f.top, "demo/accounts/index/pack-1.*"))
	f.set().looked = time.Time{}
	f.put(6, 7, 0)
	f.rounds(3)
	f.ended()
	verify(t, f.top, true)
	s := f.open(f.top, nil)
	defer s.Close()
	if n := count(t, s); n != 6 {
		t.Errorf("%d of 6 records are there", n)
	}
}

// formless has the state say nothing of the form of sets, as earlier versions wrote it; old
// also nothing of which packs there are.
func formless(t *testing.T, top string, old bool) {
	t.Helper()
	name := filepath.Join(top, "demo", journal.StateFile)
	var st map[string]any
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &st)
	}
	for _, m := range st["packs"].(map[string]any) {
		delete(m.(map[string]any), "form")
		if old {
			delete(m.(map[string]any), "live")
		}
	}
	if err == nil {
		data, err = json.Marshal(st)
	}
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A pack that is copied in says nothing of the form of a set that an earlier version has
// written, when there are packs of its own.
func TestACopiedPackDoesNotTellTheFormOfASet(t *testing.T) {
	t.Parallel()
	f := newNotes(t)
	f.warns = true
	f.put(0, 3, 0)
	f.rounds(3)
	f.ended()
	formless(t, f.top, false)
	f.layPack(7)
	f.s = f.open(f.top, f.disk.hook)
	if !f.set().small {
		t.Error("it is taken for large")
	}
	_ = f.s.Close()
}

// A repair of a set whose state an earlier version has written leaves what it says of the
// packs that are not mended: what was begun and not listed does not count.
func TestARepairKeepsWhatAnEarlierStateSays(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.full, f.s.deadMin = 4000, 1<<30
	f.put(0, 4, 0)
	f.rounds(2)
	f.put(4, 14, 0)
	f.drop(0)
	f.rounds(2)
	f.ended()
	if list := packsIn(t, f.top); len(list) < 2 {
		t.Fatal(list)
	}
	formless(t, f.top, true)
	lines := filepath.Join(f.top, "demo/accounts/index/pack-1.jsonl")
	text, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, lines, strings.Index(string(text), `{"id":"r001"`))
	f.layPack(9)
	for _, ext := range []string{"jsonl", "keys"} {
		name := filepath.Join(f.top, "demo/accounts/index/pack-9.")
		if err := os.Rename(name+ext, name+"new."+ext); err != nil {
			t.Fatal(err)
		}
	}
	verify(t, f.top, true)
	if list := verify(t, f.top, false); len(list) > 0 {
		t.Error(list)
	}
	if m := markIn(t, f.top); !m.Lists(2) {
		t.Errorf("%+v", m)
	}
	delete(f.want, "r001")
	f.holds(f.top)
}
