package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// The folder of a set that was copied from a running domain counts whole, also packs
// that no checkpoint of that domain had listed yet.
func TestACopyOfASetThatIsInUseCounts(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.o.Checkpoint = time.Hour
	f.put(0, 6, 0)
	f.rounds(1)
	from, to := filepath.Join(f.top, "demo/accounts/index"), filepath.Join(f.top, "demo/copied/index")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	r, _ := f.s.room("demo")
	r.busy.Lock()
	if err := r.checkpoint(); err != nil {
		t.Fatal(err)
	}
	r.busy.Unlock()
	for range 2 {
		if err := f.s.Define(t.Context(), "demo", "copied", thingset.Def{Loose: -1}); err != nil {
			t.Fatal(err)
		}
		if n, err := f.s.Count(t.Context(), "demo", "copied"); n != 6 || err != nil {
			t.Fatalf("%d are there, %v", n, err)
		}
		if err := f.s.CloseDomain("demo"); err != nil {
			t.Fatal(err)
		}
	}
}

// A pack that somebody copies from another domain into the folder of a set that is known
// and written to is the only copy of its records: it counts, whatever it is called.
func TestAPackThatIsCopiedIntoAKnownSetCounts(t *testing.T) {
	t.Parallel()
	for _, notes := range []bool{false, true} {
		for _, running := range []bool{false, true} {
			from := newFrail(t)
			from.s.full, from.s.o.Checkpoint = 1, time.Hour
			for i := range 8 {
				from.put(700+i, 701+i, 0)
				from.rounds(1)
			}
			f := frailOf(t, notes)
			f.put(0, 6, 0)
			f.rounds(2)
			f.put(6, 8, 0)
			f.rounds(1)
			next := f.set().last + 1
			if !running {
				if err := f.s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			n := f.copyPacks(from.top, next)
			if n == 0 {
				t.Fatal("there is nothing to copy")
			}
			for id, n := range from.want {
				if from.packOf(id) >= next {
					f.want[id] = n
				}
			}
			if len(f.want) < 10 {
				t.Fatal(f.want)
			}
			if running {
				f.s.full = 1
				f.put(8, 9, 0) // which is not written over them
				f.rounds(3)
				f.disk.end()
				_ = f.s.Close()
			}
			f.holds(f.top)
			f.holds(f.top)
		}
	}
}

// packOf is the number of the pack that holds a record.
func (f *frail) packOf(id string) int {
	f.Helper()
	r, _ := f.s.room("demo")
	r.mu.RLock()
	defer r.mu.RUnlock()
	t := r.sets["accounts"]
	return r.files.list[t.rows.Place(t.rows.Find(id)).File].pack.N
}

// copyPacks copies packs from a number on into the set, and gives how many files.
func (f *frail) copyPacks(top string, from int) (n int) {
	f.Helper()
	dir := filepath.Join(top, "demo/accounts/index")
	list, err := os.ReadDir(dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range list {
		if one := pack.Names([]string{e.Name()}); len(one) == 0 || one[0].N < from {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(f.top, "demo/accounts/index", e.Name()), data, 0o600)
		}
		if err != nil {
			f.Fatal(err)
		}
		n++
	}
	f.disk.placed("accounts/index")
	return n
}

// copiedNew is a domain that somebody has copied a set into, with a pack that no
// checkpoint had listed; old says that an earlier version has called it new.
func copiedNew(t *testing.T, old bool) *frail {
	f := newFrail(t)
	f.s.o.Checkpoint = time.Hour
	f.put(0, 6, 0)
	f.rounds(1)
	from, to := filepath.Join(f.top, "demo/accounts"), filepath.Join(f.top, "demo/copied")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, one := range packNames(t, to+"/index") {
		for _, name := range []string{one.Lines, one.Keys} {
			if parts := strings.SplitN(name, ".", 2); old {
				if err := os.Rename(to+"/index/"+name, to+"/index/"+parts[0]+".new."+parts[1]); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	f.disk.scanned()
	f.disk.syncAll()
	return f
}

func (f *frail) defineCopied(s *Store) {
	f.Helper()
	if err := s.Define(f.Context(), "demo", "copied", thingset.Def{Loose: -1}); err != nil {
		f.Fatal(err)
	}
}

// copiedSurvive holds that n records of the copy are there after power cuts.
func (f *frail) copiedSurvive(n int) {
	f.Helper()
	f.disk.end()
	_ = f.s.Close()
	for range 20 {
		s := f.engine(f.disk.afterPowerCut(f.T), nil)
		f.defineCopied(s)
		if there, err := s.Count(f.Context(), "demo", "copied"); there != n || err != nil {
			f.Fatalf("%d are there, want %d, %v", there, n, err)
		}
		_ = s.Close()
	}
}

// Such a pack is the only copy of its records, also when the journal knows the set by
// then: it is not taken for one that a crash has left.
func TestACopyOfASetThatWasWrittenToCounts(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		f := copiedNew(t, old)
		f.defineCopied(f.s)
		if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "copied", ID: "a", Body: []byte(`{"id":"a"}`)}}); err != nil {
			t.Fatal(err)
		}
		f.copiedSurvive(7)
	}
}

// Nor when the state knows the set, of which a part is written anew.
func TestACopyOfASetThatIsPartlyWrittenCounts(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		f := copiedNew(t, old)
		f.defineCopied(f.s)
		r, _ := f.s.room("demo")
		writes := 0
		f.disk.failWith(func(c disk.Call) (int, error) {
			if c.Op == disk.Write && isLines(c) && strings.HasPrefix(c.Name, "copied") {
				if writes++; writes > 1 {
					return 0, syscall.ENOSPC
				}
			}
			return 0, nil
		})
		f.rounds(1)
		r.busy.Lock()
		if err := r.checkpoint(); err != nil {
			t.Error(err)
		}
		r.busy.Unlock()
		if writes < 2 {
			t.Fatal("it was written whole")
		}
		f.copiedSurvive(6)
	}
}

// What a power cut leaves of the pack that a copy is written to is nobody's.
func TestAPowerCutWhileACopyIsTakenIn(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		f := copiedNew(t, old)
		f.defineCopied(f.s)
		r, _ := f.s.room("demo")
		r.busy.Lock()
		if err := r.settle(); err != nil {
			t.Error(err)
		}
		r.busy.Unlock()
		f.copiedSurvive(6)
	}
}

// Nor is one that was begun just before the end.
func TestAKillWhenACopyIsToBeWritten(t *testing.T) {
	t.Parallel()
	for i, first := range []func(disk.Call) bool{isKeys, isLines, isKeys, isLines} {
		f := copiedNew(t, i > 1)
		f.defineCopied(f.s)
		f.endsAt(func(c disk.Call) bool { return c.Op == disk.Create && first(c) })
		f.rounds(1)
		if !f.disk.over() {
			t.Fatal("it is not written")
		}
		s := f.engine(f.top, nil)
		f.defineCopied(s)
		if n, err := s.Count(t.Context(), "demo", "copied"); n != 6 || err != nil {
			t.Fatalf("%d are there, %v", n, err)
		}
		_ = s.Close()
	}
}
