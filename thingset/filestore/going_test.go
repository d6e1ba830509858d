package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// leaves has pack 1 be merged into others and the process end, or the power fail, before it
// is removed: the state says that it goes. feed is how much of the journal is kept.
func leaves(t *testing.T, feed int64) (f *frail) {
	t.Helper()
	f = newFrail(t)
	_ = f.s.Close()
	f.s = f.engine(f.top, f.disk.hook)
	f.s.manual, f.s.deadMin, f.s.stepRows, f.s.o.FeedBytes = true, 1<<30, 2, feed
	definePacked(t, f.s)
	f.put(0, 8, 0)
	f.rounds(2)
	f.set().afloat.sealed = true
	f.put(0, 2, 100)
	f.drop(7)
	f.rounds(2) // pack 2 has newer versions, and a delete
	f.s.deadMin = 200
	f.endsAt(func(c disk.Call) bool { return c.Op == disk.Remove && strings.Contains(c.Name, "pack-1.") })
	f.put(2, 3, 100)
	f.rounds(8)
	f.ended()
	if m := markIn(t, f.top); !slices.Contains(m.Going, 1) || len(m.Live) == 0 || !f.thereIs(1) {
		t.Fatalf("%+v, %+v", m, packsIn(t, f.top))
	}
	return f
}

func (f *frail) thereIs(n int) bool {
	return slices.ContainsFunc(packsIn(f.T, f.top), func(one pack.Name) bool { return one.N == n && one.Lines != "" && one.Keys != "" })
}

// lose removes all packs that the state lists.
func (f *frail) lose() {
	f.Helper()
	for n := range markIn(f.T, f.top).Live {
		removeAll(f.T, filepath.Join(f.top, fmt.Sprintf("demo/accounts/index/pack-%d.*", n)))
	}
	f.disk.scanned()
}

// got is what the records of the set hold.
func (f *frail) got(top string) map[string]int {
	f.Helper()
	s := f.open(top, nil)
	defer s.Close()
	got := map[string]int{}
	for rec, err := range s.Scan(f.Context(), "demo", "accounts", thingset.Range{}) {
		if err != nil {
			f.Fatal(err)
		}
		got[rec.ID] = int(gjson.GetBytes(rec.Body, "n").Int())
	}
	return got
}

// What a pack that goes holds is not lost with the one into which it was merged: the repair
// has it count again, and names what may be older, or was perhaps deleted.
func TestAPackThatGoesCountsWhenOthersAreGone(t *testing.T) {
	t.Parallel()
	f := leaves(t, -1)
	f.lose()
	said := f.repaired()
	got := f.got(f.top)
	for i := range 8 {
		id := fmt.Sprintf("r%03d", i)
		if n, ok := got[id]; n != i || !ok {
			t.Errorf("%s is %d, %t", id, n, ok)
		}
		if !strings.Contains(said, id) {
			t.Errorf("%s is not named: %s", id, said)
		}
	}
}

// What the journal still tells of such records is believed: deleted ones do not come back,
// and those that it confirms are not named.
func TestTheJournalTellsWhatAPackThatGoesDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"", ".keys"} {
		f := leaves(t, 1<<20)
		f.lose()
		if lost != "" {
			removeAll(t, f.packFile(1, "keys"))
			f.disk.scanned()
		}
		said := f.repaired()
		got := f.got(f.top)
		if _, back := got["r007"]; back || len(got) != 7 {
			t.Errorf("%q: %v\n%s", lost, got, said)
		}
		for i := range 7 {
			id := fmt.Sprintf("r%03d", i)
			if got[id] != i || strings.Contains(said, id) != (i < 3 || lost != "") {
				t.Errorf("%q: %s is %d\n%s", lost, id, got[id], said)
			}
		}
	}
}

// A line that is damaged is in the pack that goes, too.
func TestAPackThatGoesHasWhatIsDamagedElsewhere(t *testing.T) {
	t.Parallel()
	f := leaves(t, -1)
	list := packsIn(t, f.top)
	last := list[len(list)-1].N
	lines := f.packFile(last, "jsonl")
	text, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, lines, strings.Index(string(text), `{"id":"r005"`)+60)
	f.disk.scanned()
	if said := f.repaired(); !strings.Contains(said, "r005") || strings.Contains(said, "r004") {
		t.Error(said)
	}
	f.holds(f.top)
}

// Damage of a pack that is nobody's of the set brings nothing back.
func TestAPackThatGoesStaysAwayWhenOthersHaveAllOfIt(t *testing.T) {
	t.Parallel()
	f := leaves(t, -1)
	f.layPack(9)
	f.wipe(9, 0)
	f.disk.scanned()
	f.repaired()
	if m := markIn(t, f.top); !slices.Contains(m.Going, 1) {
		t.Errorf("%+v", m)
	}
}

// A repair that ends at any change is done again with the same outcome, and names the same.
func TestARevivalThatEndsAtAnyPointCanBeDoneAgain(t *testing.T) {
	t.Parallel()
	f := leaves(t, 1<<20)
	f.lose()
	top := fastCopy(t, f.top)
	n := changes(t, top)
	want := repaired(t, top)
	if strings.Contains(want, "r007") || strings.Count(want, "\n") != 7 {
		t.Fatal(want)
	}
	for run := range 3 * n {
		b := &brokenRepair{T: t, end: run / 3, how: run % 3}
		top := b.run(fastCopy(t, f.top))
		verify(t, top, true)
		if list := verify(t, top, false); len(list) > 0 {
			t.Fatalf("%d: the doctor says %v", run, list)
		}
		if got := repaired(t, top); got != want {
			t.Fatalf("%d: there is\n%swant\n%s", run, got, want)
		}
	}
}

// While files of a pack that counts are missing nothing is removed that may have its
// records.
func TestAPackThatGoesStaysWhileOthersAreMissing(t *testing.T) {
	t.Parallel()
	f := leaves(t, -1)
	f.s = f.open(f.top, f.disk.hook)
	f.s.deadMin = 1 << 30
	f.lose()
	f.put(8, 9, 0)
	f.settleOnly()
	if !f.thereIs(1) {
		t.Error("it was removed before the others are durable")
	}
	f.rounds(3)
	if f.thereIs(1) {
		t.Error("it stays for ever")
	}
	f.survives()
}
