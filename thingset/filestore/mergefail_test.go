package filestore

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// A sync that fails while a pack is merged has lost what was flushed to the same file
// before, too: the next sync of it, which succeeds, says nothing of that.
func TestAFailedSyncOfAMergeLosesNothingThatWasFlushedBefore(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin = 1 << 30
	f.put(0, 12, 0)
	f.rounds(2)
	f.put(0, 6, 1000)
	f.rounds(1)
	f.s.o.Checkpoint, f.s.deadMin = time.Hour, 200
	f.rounds(1) // the first step of a merge begins another pack
	if f.set().merging == nil {
		t.Fatal("nothing is merged")
	}
	f.put(12, 16, 0)
	failed := false
	f.disk.failWith(func(c disk.Call) (int, error) {
		if !failed && c.Op == disk.Sync && isLines(c) {
			failed = true
			return 0, syscall.EIO
		}
		return 0, nil
	})
	f.rounds(1) // they are flushed, then the merge goes on
	if !failed {
		t.Fatal("nothing was synced")
	}
	f.s.o.Checkpoint = 1
	f.rounds(10)
	r, _ := f.s.room("demo")
	if n := r.journal.Size(); n > 0 {
		t.Fatalf("%d bytes of the journal are left", n)
	}
	f.survives()
}

// What a merged pack says of deleted records is written once more when the disk has
// lost it.
func TestAFailedSyncOfAMergeBringsNothingBack(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.full, f.s.stepRows, f.s.deadMin = 1, 100, 1<<30
	f.put(0, 10, 0)
	f.rounds(2)
	f.drop(0)
	f.put(10, 20, 0)
	f.rounds(2)
	f.put(10, 16, 1000)
	f.rounds(2)
	f.s.deadMin = 200
	r, _ := f.s.room("demo")
	for n := 0; len(f.set().dying) == 0; n++ {
		if r.worker.round(); n > 50 {
			t.Fatal("nothing is merged")
		}
	}
	if n := f.set().dying[0].N; n != 2 {
		t.Fatalf("pack %d was merged", n)
	}
	f.s.deadMin = 1 << 30
	f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.Sync && isKeys(c) || c.Op == disk.SyncAll }))
	f.rounds(10)
	f.survives()
}

// A merge tells the system to report errors from before it writes: what syncs all
// would otherwise not hear of them.
func TestAMergeWritesAfterErrorsAreListenedFor(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin = 1 << 30
	f.put(0, 12, 0)
	f.rounds(2)
	f.put(0, 6, 1000)
	f.rounds(2)
	r, _ := f.s.room("demo")
	if err := r.disk.SyncAll(); err != nil {
		t.Fatal(err)
	}
	f.s.deadMin = 200
	began, wrote := false, false
	f.disk.failWith(func(c disk.Call) (int, error) {
		began = began || c.Op == disk.OpenOld && c.Name == "."
		if c.Op == disk.Write && (isKeys(c) || isLines(c)) {
			if wrote = true; !began {
				t.Errorf("%s is written before anybody listens", c.Name)
			}
		}
		return 0, nil
	})
	r.busy.Lock()
	defer r.busy.Unlock()
	if more, err := r.mergeStep(); !more || err != nil || !wrote {
		t.Fatal(more, err, wrote)
	}
}

// What a set's packs hold stays in the journal while the set waits for a flush to be
// completed, also what was flushed of it already.
func TestTheJournalKeepsWhatAnIncompleteFlushHasWritten(t *testing.T) {
	t.Parallel()
	for _, carried := range []bool{false, true} {
		t.Run(fmt.Sprintf("carried %t", carried), func(t *testing.T) {
			t.Parallel()
			f := newFrail(t)
			f.s.stepRows = 1
			f.s.carryLeast = 1 << 40
			if carried {
				f.s.carryLeast = 1
			}
			f.put(0, 1, 0)
			f.nextSegment()
			long := thingset.Write{Set: "accounts", ID: "r001", Body: fmt.Appendf(nil, `{"id":"r001","n":1,"pad":%q}`, strings.Repeat("x", 9000))}
			if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{long}); err != nil {
				t.Fatal(err)
			}
			f.want["r001"] = 1
			r, _ := f.s.room("demo")
			f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.Sync && isKeys(c) || c.Op == disk.SyncAll }))
			f.rounds(1) // flushed, and the sync fails
			f.disk.failWith(func(c disk.Call) (int, error) {
				if c.Op == disk.Write && isLines(c) && c.N > 5000 {
					return 0, syscall.EIO
				}
				return 0, nil
			})
			for n := 0; len(f.set().dirty) != 1; n++ { // which one comes first is chance
				f.set().stuck.again = time.Time{}
				if f.rounds(1); n > 100 {
					t.Fatal("the short one is not flushed")
				}
			}
			if carried {
				f.other(60)
			}
			r.busy.Lock()
			if err := r.checkpoint(); err != nil {
				t.Error(err)
			}
			r.busy.Unlock()
			if cut := r.journal.CutRev() > 0; cut != carried {
				t.Errorf("the journal was cut: %t", cut)
			}
			f.survives()
		})
	}
}
