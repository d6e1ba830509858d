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
)

// A sync that failed is not made good by a later one, also when the set cannot be
// flushed once more for a while.
func TestAFailedSyncOfASetThatIsStuck(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	writes, syncs := 0, 0
	f.disk.failWith(func(c disk.Call) (int, error) {
		switch {
		case c.Op == disk.Write && isLines(c):
			if writes++; writes > 1 {
				return 0, syscall.EIO // the first step was taken, the second is not
			}
		case c.Op == disk.Sync && isKeys(c) || c.Op == disk.SyncAll:
			if syncs++; syncs == 1 {
				return 0, syscall.EIO
			}
		}
		return 0, nil
	})
	f.rounds(3)
	if writes < 2 || syncs < 1 {
		t.Fatalf("%d writes, %d syncs", writes, syncs)
	}
	f.survives()
}

// Nor does it let go of the pack that was merged into one that the disk has lost.
func TestAFailedSyncOfAMergeKeepsWhatWasMerged(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.full = 1
	f.put(0, 6, 0)
	f.rounds(2)
	for i := 0; i < 6; i += 2 { // half of each pack
		f.put(i, i+1, 1000)
	}
	r, _ := f.s.room("demo")
	for n := 0; f.set().merging == nil || len(f.set().afloat.rows) == 0; n++ {
		if r.worker.round(); n > 50 {
			t.Fatal("nothing is merged")
		}
	}
	syncs := 0
	f.disk.failWith(func(c disk.Call) (int, error) {
		switch {
		case c.Op == disk.Sync && isKeys(c) || c.Op == disk.SyncAll:
			if syncs++; syncs == 1 {
				return 0, syscall.EIO
			}
		case c.Op == disk.Create && isKeys(c):
			return 0, syscall.ENOSPC
		}
		return 0, nil
	})
	f.rounds(20)
	if syncs < 1 {
		t.Fatal("nothing was synced")
	}
	f.survives()
}

// A folder whose name could not be made durable when it was made has it made
// durable later on.
func TestTheNameOfASetsFolderIsMadeDurable(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	if err := f.s.Define(t.Context(), "demo", "other", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "other", ID: "a", Body: []byte(`{"id":"a"}`)}}); err != nil {
		t.Fatal(err)
	}
	f.rounds(2)
	f.put(0, 1, 0)
	f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.Sync && c.Name == "accounts" }))
	r, _ := f.s.room("demo")
	for range 3 {
		r.worker.round()
		f.set().stuck.again = time.Time{}
	}
	if n := r.journal.Size(); n > 0 {
		t.Fatalf("%d bytes of the journal are left", n)
	}
	f.survives()
}

// Packs that were moved away and cannot be written anew are still listed: when they
// come back, nothing is lost, and when they do not, it is told.
func TestPacksThatWereMovedAwayAreStillListed(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	dir, away := filepath.Join(f.top, "demo/accounts/index"), t.TempDir()
	move := func(from, to string) {
		list, err := filepath.Glob(from + "/pack-*")
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		for _, name := range list {
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(filepath.Join(to, filepath.Base(name)), data, 0o600)
			}
			if err == nil {
				err = os.Remove(name)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	move(dir, away)
	f.disk.failWith(func(c disk.Call) (int, error) {
		if c.Op == disk.Create && isKeys(c) {
			return 0, syscall.ENOSPC
		}
		return 0, nil
	})
	f.set().looked = time.Time{}
	f.put(6, 7, 0)
	f.rounds(3)
	if !f.set().holds {
		t.Fatal("it was not noticed")
	}
	f.disk.end()
	_ = f.s.Close()
	s := f.engine(f.top, nil)
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1}); err == nil || !strings.Contains(err.Error(), "pack-1 is gone") {
		t.Errorf("without them: %v", err)
	}
	_ = s.Close()
	move(away, dir)
	f.holds(f.top)
}
