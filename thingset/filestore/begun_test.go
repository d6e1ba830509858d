package filestore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// markIn is what the journal's state says of the set accounts.
func markIn(t *testing.T, top string) (m pack.Mark) {
	t.Helper()
	var st struct{ Packs map[string]pack.Mark }
	data, err := os.ReadFile(filepath.Join(top, "demo", journal.StateFile))
	if err == nil {
		err = json.Unmarshal(data, &st)
	}
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return st.Packs["accounts"]
}

// packsIn are the packs in a set's folder.
func packsIn(t *testing.T, top string) []pack.Name {
	t.Helper()
	return packNames(t, filepath.Join(top, "demo/accounts/index"))
}

func packNames(t *testing.T, dir string) []pack.Name {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return pack.Names(names)
}

// When the state says that a pack was begun, and that is on the disk, so are the names of
// its files: nobody can copy one of that number in.
func TestAPackIsThereWhenTheStateSaysSo(t *testing.T) {
	t.Parallel()
	said := 0
	for end := range 40 {
		f := newFrail(t)
		f.s.full = 1
		f.put(0, 6, 0)
		f.disk.endAfter(end)
		r, _ := f.s.room("demo")
		r.busy.Lock()
		_ = r.settle()
		r.busy.Unlock()
		f.disk.end()
		_ = f.s.Close()
		for range 10 {
			top := f.disk.afterPowerCut(t)
			for _, n := range markIn(t, top).Begun {
				said++
				if !slices.ContainsFunc(packsIn(t, top), func(one pack.Name) bool { return one.N == n && one.Lines != "" && one.Keys != "" }) {
					t.Fatalf("after %d changes pack %d was begun, there is %+v", end, n, packsIn(t, top))
				}
			}
			f.holds(top)
		}
	}
	if said == 0 {
		t.Error("none was begun")
	}
}

// Before the state says so a pack is empty: what somebody has put there when the process
// had ended is a person's.
func TestAPackThatTheStateDoesNotKnowIsAPersons(t *testing.T) {
	t.Parallel()
	for _, at := range []string{".tmp-state", "accounts/index"} {
		f := newFrail(t)
		f.put(0, 6, 0)
		f.rounds(2)
		f.set().afloat.sealed = true
		next := f.set().last + 1
		f.put(6, 7, 0)
		begun := false
		f.endsAt(func(c disk.Call) bool {
			begun = begun || c.Op == disk.Create && strings.HasSuffix(c.Name, fmt.Sprintf("pack-%d.jsonl", next))
			return begun && strings.HasSuffix(c.Name, at)
		})
		f.rounds(1)
		if !f.disk.over() {
			t.Fatal("none was begun")
		}
		_ = f.s.Close()
		top := f.disk.afterPowerCut(t)
		f.holds(top)
		for _, one := range packsIn(t, f.top) {
			if empty, err := pack.Empty(f.diskAt(f.top), "accounts/index", one.N); one.N == next && (!empty || err != nil) {
				t.Errorf("something was written, %v", err)
			}
		}
		for _, ext := range []string{"jsonl", "keys"} {
			if err := os.RemoveAll(filepath.Join(f.top, "demo/accounts/index", fmt.Sprintf("pack-%d.%s", next, ext))); err != nil {
				t.Fatal(err)
			}
		}
		f.disk.begin(-1)
		f.layPack(next) // of which one record is older, and one is deleted
		s := f.open(f.top, nil)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !f.holdsText("{\"id\":\"r000\",\"n\":777}\n{\"id\":\"x\",\"n\":777}\n") {
			t.Error("it was removed without a word")
		}
	}
}

func (f *frail) diskAt(top string) *disk.Disk {
	f.Helper()
	d, err := disk.Look(filepath.Join(top, "demo"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { d.Close() })
	return d
}

// suits reports whether the set is small or not, as the state says, and all of its packs
// are called as suits that.
func suits(t *testing.T, top string, small bool) bool {
	t.Helper()
	list := packsIn(t, top)
	for _, one := range list {
		if one.Hidden() != small {
			return false
		}
	}
	return len(list) > 0 && (markIn(t, top).Form == pack.Small) == small
}

func (f *frail) loose(s *Store, n int) {
	f.Helper()
	if err := s.Define(f.Context(), "demo", "accounts", thingset.Def{Loose: n, Unique: [][]string{{"n"}}}); err != nil {
		f.Fatal(err)
	}
}

// A set that has grown shows its packs soon, and one that has shrunk hides them, also
// when the process ends at any point on the way; what is there is there all along.
func TestPacksAreCalledAsSuitsTheirSet(t *testing.T) {
	t.Parallel()
	for end := -1; end < 150; end = end*5/4 + 1 + end&1 {
		f := newFrail(t)
		f.loose(f.s, 100)
		f.put(0, 12, 0)
		f.rounds(3)
		if !suits(t, f.top, true) {
			t.Fatalf("at first: %+v, %+v", packsIn(t, f.top), markIn(t, f.top))
		}
		for _, loose := range []int{-1, 100} {
			f.disk.begin(end)
			f.loose(f.s, loose)
			f.rounds(20)
			f.disk.end()
			_ = f.s.Close()
			f.disk.begin(-1)
			f.s = f.engine(f.top, f.disk.hook)
			f.s.manual, f.s.deadMin, f.s.stepRows = true, 1<<30, 2
			f.loose(f.s, loose)
			if n := count(t, f.s); n != 12 {
				t.Fatalf("loose %d, after %d changes: %d are there", loose, end, n)
			}
			r, _ := f.s.room("demo")
			r.edits.drain() // what the end has left is looked at
			f.rounds(40)
			if !suits(t, f.top, loose > 0) {
				t.Errorf("loose %d, after %d changes: %+v, %+v", loose, end, packsIn(t, f.top), markIn(t, f.top))
			}
		}
		f.disk.end()
		_ = f.s.Close()
		if list := verify(t, f.top, false); len(list) > 0 {
			t.Errorf("after %d changes: %v", end, list)
		}
	}
}

// When nobody knows whether the state says that a set is small it says that it is large
// before own files go.
func TestAStateThatIsPerhapsInForceIsWrittenOver(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.loose(f.s, 1)
	f.put(0, 12, 0)
	f.rounds(3)
	if markIn(t, f.top).Form != pack.Large {
		t.Fatal("it is not large")
	}
	f.loose(f.s, 100)
	f.disk.failWith(func(c disk.Call) (int, error) { // it is in force, and nobody is told
		if c.Op == disk.Sync && c.Name == journal.Dir && markIn(t, f.top).Form == pack.Small {
			return 0, errRefused
		}
		return 0, nil
	})
	f.rounds(8)
	if markIn(t, f.top).Form != pack.Small {
		t.Fatal("it did not shrink")
	}
	f.disk.failWith(nil)
	f.loose(f.s, 1)
	r, _ := f.s.room("demo")
	r.busy.Lock()
	_ = r.settle()
	r.busy.Unlock()
	f.disk.end()
	_ = f.s.Close()
	if !f.ownGone() {
		t.Fatal("own files are there still")
	}
	f.holds(f.top)
}

// ownGone reports whether a record has no file of its own.
func (f *frail) ownGone() bool {
	_, err := os.Lstat(filepath.Join(f.top, "demo/accounts/index/r000.json"))
	return os.IsNotExist(err)
}

// A set of which nobody knows how it should lie stays as it is.
func TestASetStaysAsItIs(t *testing.T) {
	t.Parallel()
	for _, loose := range []int{-1, 100} {
		f := newFrail(t)
		f.loose(f.s, loose)
		f.put(0, 3, 0)
		f.rounds(3)
		for range 2 {
			f.loose(f.s, thingset.AsItIs)
			f.put(3, 4, 0)
			f.rounds(10)
			if !suits(t, f.top, loose > 0) || f.ownGone() == (loose > 0) {
				t.Errorf("loose %d: %+v, %+v", loose, packsIn(t, f.top), markIn(t, f.top))
			}
			if err := f.s.Close(); err != nil {
				t.Fatal(err)
			}
			f.s = f.engine(f.top, f.disk.hook)
			f.s.manual = true
		}
	}
}

// A pack that the state lists is not said to be merely begun when it is written to while
// nobody knows which state is in force: it would not count any more.
func TestAListedPackStaysListedWhileTheStateIsVague(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	f.put(0, 1, 100)
	f.disk.failWith(func(c disk.Call) (int, error) {
		if c.Op == disk.Sync && c.Name == ".domain/journal" {
			return 0, syscall.ENOSPC
		}
		return 0, nil
	})
	r, _ := f.s.room("demo")
	if err := r.journal.Note("other", pack.Mark{Live: map[int]int64{}, Form: pack.Large}); err == nil {
		t.Fatal("the state was written")
	}
	r.busy.Lock()
	if err := r.settle(); err == nil {
		t.Error("the state was written by now")
	}
	r.busy.Unlock()
	f.disk.end()
	_ = f.s.Close()
	f.holds(copyTree(t, f.top))
}
