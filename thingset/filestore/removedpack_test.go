package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// settleOnly writes what waits, and makes nothing durable.
func (f *frail) settleOnly() {
	f.Helper()
	r, err := f.s.room("demo")
	if err != nil {
		f.Fatal(err)
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	if err := r.settle(); err != nil {
		f.Fatal(err)
	}
}

// killedNow ends the process; what was not synced is not synced for the next.
func (f *frail) killedNow() {
	f.Helper()
	f.disk.end()
	_ = f.s.Close()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
}

// layLines has a person copy in lines without keys.
func (f *frail) layLines(n int, ids ...string) {
	f.Helper()
	dir := filepath.Join(f.top, "demo/accounts/index")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		f.Fatal(err)
	}
	text := ""
	for _, id := range ids {
		text += fmt.Sprintf("{\"id\":%q,\"n\":\"lines of %s\",\"pad\":%q}\n", id, id, strings.Repeat("y", 100))
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("pack-%d.jsonl", n)), []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	f.disk.scanned()
	f.disk.syncAll()
}

// A pack that the state says was begun is removed by a second process, which is killed: the
// third one syncs the folder before it drops the pack from the state.
func TestABegunPackThatWasRemovedStaysAway(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 2, 0)
	f.settleOnly() // pack 1 is begun
	f.drop(0, 1)
	f.killedNow()
	f.settleOnly() // it is removed
	f.killedNow()
	f.rounds(1) // the state names it no more
	if m := markIn(t, f.top); len(m.Begun)+len(m.Going) > 0 {
		t.Fatalf("%+v", m)
	}
	f.survives()
}

// The same without the deletes.
func TestABegunPackThatWasRemovedBarsNothing(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 2, 0)
	f.rounds(1) // pack 1 is listed
	f.set().afloat.sealed = true
	f.put(2, 8, 0)
	f.settleOnly() // pack 2 is begun
	f.killedNow()
	f.settleOnly() // pack 2 is removed, its records go to pack 1
	f.killedNow()
	f.rounds(1)
	if m := markIn(t, f.top); len(m.Begun)+len(m.Going) > 0 {
		t.Fatalf("%+v", m)
	}
	f.survives()
}

// A hundred power cuts after a begun pack was removed and never synced away: none bars the
// set or brings deleted records back.
func TestNoPowerCutBringsABegunPackBack(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 2, 0)
	f.settleOnly()
	f.drop(0, 1)
	f.killedNow()
	f.settleOnly()
	f.killedNow()
	f.rounds(1)
	f.disk.end()
	_ = f.s.Close()
	barred, back := 0, 0
	for range 100 {
		s := f.engine(f.disk.afterPowerCut(t), nil)
		s.manual = true
		if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1, Unique: [][]string{{"n"}}}); err != nil {
			barred++
		} else if count(t, s) > 0 {
			back++
		}
		_ = s.Close()
	}
	if barred+back > 0 {
		t.Errorf("of 100 power cuts: %d bar the set, %d bring deleted records back", barred, back)
	}
}

// Lines that were copied in, all of whose records are deleted before they are settled, stay
// deleted.
func TestWhatWasDeletedOfACopiedPackStaysDeleted(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	_ = f.s.Close()
	f.layLines(1, "r000")
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	f.want["r000"] = 777
	f.drop(0)
	if err := f.s.Close(); err != nil { // in order
		t.Fatal(err)
	}
	f.survives()
}

// To set a kept pack aside takes two renames: a power cut that leaves one of them bars
// nothing.
func TestAPackThatIsSetAsideHalfBarsNothing(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(4, 6, 0)
	f.rounds(2)
	_ = f.s.Close()
	f.layPack(7)
	lines := filepath.Join(f.top, "demo/accounts/index/pack-7.jsonl")
	data, err := os.ReadFile(lines)
	if err == nil {
		err = os.WriteFile(lines, append(data, "{\"id\":\"more\",\"n\":778}\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.disk.scanned()
	f.disk.syncAll()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	if err := f.s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		top := f.disk.afterPowerCut(t)
		s := f.engine(top, nil)
		s.manual = true
		err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1, Unique: [][]string{{"n"}}})
		_ = s.Close()
		if err != nil {
			list, _ := os.ReadDir(filepath.Join(top, "demo/accounts/index"))
			t.Fatalf("%v; there is %v", err, list)
		}
	}
}

// A second pack of the same number that is kept does not take the place of the first.
func TestASecondKeptPackLeavesTheFirst(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	for i := range 2 {
		_ = f.s.Close()
		f.layLines(7, fmt.Sprintf("r%03d", i))
		data, _ := os.ReadFile(filepath.Join(f.top, "demo/accounts/index/pack-7.jsonl"))
		f.disk.begin(-1)
		f.s = f.open(f.top, f.disk.hook)
		f.want[fmt.Sprintf("r%03d", i)] = 777
		f.rounds(2)
		f.put(i, i+1, 0) // another version
		f.rounds(2)
		if !f.holdsText(string(data)) {
			t.Fatal("it is not kept")
		}
		if i == 0 {
			continue
		}
		first := strings.ReplaceAll(string(data), "r001", "r000")
		if !f.holdsText(first) {
			t.Error("the first one that was kept is gone")
		}
	}
}

// Keys that were empty when the set was opened, and whose lines come just behind, for a copy
// is under way, are not taken for leftovers.
func TestLinesThatComeBehindEmptyKeysStay(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(4, 6, 0)
	f.rounds(2)
	_ = f.s.Close()
	dir := filepath.Join(f.top, "demo/accounts/index")
	if err := os.WriteFile(dir+"/pack-7.keys", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.disk.scanned()
	f.disk.syncAll()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	f.layLines(7, "r000")
	data, _ := os.ReadFile(dir + "/pack-7.jsonl")
	f.rounds(1)
	if !f.holdsText(string(data)) {
		t.Error("lines that nothing else has were removed without a word")
	}
}

// When the state is lost, what packs tell of own files still counts: those of before are no
// edits, and what was acknowledged since stands.
func TestWithoutTheStateOwnFilesAreKnownForTheEngines(t *testing.T) {
	t.Parallel()
	f := newNotes(t)
	f.put(0, 3, 0)
	f.rounds(3)
	if err := f.s.Close(); err != nil {
		t.Fatal(err)
	}
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	f.put(0, 1, 500)
	f.drop(1)
	f.disk.end()
	_ = f.s.Close()
	if err := os.Remove(filepath.Join(f.top, "demo/.domain/journal/state")); err != nil {
		t.Fatal(err)
	}
	f.warns = true // the pack of before has another version of r000, and is kept
	f.holds(f.top)
}
