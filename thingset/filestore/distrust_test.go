package filestore

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// frail is an engine on a disk that refuses what a test says and then loses power.
type frail struct {
	*testing.T
	top  string
	disk *frailDisk
	s    *Store
	want map[string]int
}

func newFrail(t *testing.T) *frail {
	f := &frail{T: t, top: tempDir(t), want: map[string]int{}}
	if err := os.Mkdir(filepath.Join(f.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.disk = newFrailDisk(filepath.Join(f.top, "demo"), rand.New(rand.NewPCG(1, 2)))
	f.s = f.open(f.top, f.disk.hook)
	return f
}

// open opens an engine whose rounds the test runs. Each has a checkpoint.
func (f *frail) open(top string, hook disk.Hook) *Store {
	f.Helper()
	s := f.engine(top, hook)
	s.manual, s.deadMin, s.stepRows = true, 200, 2
	definePacked(f.T, s)
	return s
}

func (f *frail) engine(top string, hook disk.Hook) *Store {
	f.Helper()
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(top, dom) }, Log: slog.New(slog.DiscardHandler),
		Disk: hook, Settle: 1, Checkpoint: 1, CacheBytes: -1, FeedBytes: -1,
	})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func (f *frail) put(from, to, n int) {
	f.Helper()
	var batch []thingset.Write
	for i := from; i < to; i++ {
		id := fmt.Sprintf("r%03d", i)
		batch = append(batch, thingset.Write{Set: "accounts", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"n":%d,"pad":%q}`, id, n+i, strings.Repeat("x", 600))})
		f.want[id] = n + i
	}
	if _, err := f.s.Commit(f.Context(), "demo", batch); err != nil {
		f.Fatal(err)
	}
}

// rounds runs the engine's rounds. Sets that are stuck are not tried again.
func (f *frail) rounds(n int) {
	f.Helper()
	r, err := f.s.room("demo")
	if err != nil {
		f.Fatal(err)
	}
	for range n {
		r.worker.round()
		for _, t := range r.loaded() {
			t.stuck.again = time.Now().Add(time.Hour)
		}
	}
}

func (f *frail) set() *set {
	r, err := f.s.room("demo")
	if err != nil {
		f.Fatal(err)
	}
	return r.sets["accounts"]
}

// survives holds what is there after power cuts of any luck against what was
// acknowledged.
func (f *frail) survives() {
	f.Helper()
	f.disk.end()
	_ = f.s.Close()
	for range 20 {
		f.holds(f.disk.afterPowerCut(f.T))
	}
}

// holds opens what a folder holds by now.
func (f *frail) holds(top string) {
	f.Helper()
	s := f.open(top, nil)
	defer s.Close()
	lost := 0
	for id, n := range f.want {
		if rec, err := s.Get(f.Context(), "demo", "accounts", id); err != nil || !strings.Contains(string(rec.Body), fmt.Sprintf(`"n":%d,`, n)) {
			lost++
		}
	}
	if n := count(f.T, s); lost > 0 || n != len(f.want) {
		f.Fatalf("%d records of %d are lost, %d are there", lost, len(f.want), n)
	}
}

// once refuses the first call that a test names.
func once(names func(c disk.Call) bool) func(c disk.Call) (int, error) {
	done := false
	return func(c disk.Call) (int, error) {
		if done || !names(c) {
			return 0, nil
		}
		done = true
		return 0, syscall.EIO
	}
}

func isKeys(c disk.Call) bool  { return strings.HasSuffix(c.Name, ".keys") }
func isLines(c disk.Call) bool { return strings.HasSuffix(c.Name, ".jsonl") }

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
