package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// isOwn reports whether a call makes the own file of a record.
func isOwn(c disk.Call) bool { return c.Op == disk.Create && strings.HasPrefix(c.Name, tmpDir) }

// isTakenAway reports whether a call takes a record's own file away.
func isTakenAway(c disk.Call) bool {
	return c.Op == disk.Rename && strings.HasPrefix(c.Name, tmpDir)
}

// killed opens what is there after the process has ended, and holds it against what
// was acknowledged.
func (f *frail) killed() {
	f.Helper()
	f.disk.end()
	_ = f.s.Close()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	for range 2 {
		f.rounds(2)
		for id, want := range f.want {
			if rec, err := f.s.Get(f.Context(), "demo", "accounts", id); err != nil || !strings.Contains(string(rec.Body), fmt.Sprintf(`"n":%d,`, want)) {
				f.Errorf("%s is %.40s, %v, want %d", id, rec.Body, err, want)
			}
		}
		if there := count(f.T, f.s); there != len(f.want) {
			f.Errorf("%d are there, want %d", there, len(f.want))
		}
	}
}

// merged merges the only pack of the set away while own files cannot be written.
func (f *frail) merged(refuse func(c disk.Call) bool, meanwhile func()) {
	f.Helper()
	f.put(0, 10, 0)
	f.rounds(2)
	f.put(5, 10, 1000)
	f.rounds(2)
	f.disk.failWith(func(c disk.Call) (int, error) {
		if refuse(c) {
			return 0, syscall.ENOSPC
		}
		return 0, nil
	})
	meanwhile()
	f.s.deadMin = 200
	f.rounds(20)
	if p := f.set().packs; len(p) == 0 || p[0].N == 1 {
		f.Fatal("nothing was merged")
	}
}

// What a record's own file shows is known also when the pack that told of it was
// merged away before the next version could be written: it is not taken for an edit.
func TestAnOldOwnFileIsNoEditWhenItsPackWasMerged(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	n.merged(isOwn, func() { n.put(0, 1, 2000) })
	n.killed()
}

// Nor does the file of a deleted record bring it back.
func TestTheOwnFileOfADeletedRecordIsNoEditWhenItsPackWasMerged(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	n.merged(isTakenAway, func() { n.drop(0) })
	n.killed()
}

// Nor is the one of a set that has grown, as long as it cannot be taken away.
func TestAnOwnFileThatCouldNotGoIsNoEditWhenItsPackWasMerged(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	n.merged(isTakenAway, func() {
		n.set().def.Loose = 11
		n.s.full = 1 // the next versions are in a pack of their own
		n.put(0, 20, 2000)
	})
	if n.set().small || n.set().rows.Stamp(n.set().rows.Find("r001")) == (rows.Stamp{}) {
		t.Fatal("it has not grown, or has no own file any more")
	}
	n.killed()
}

// edited has a person edit a record.
func (f *frail) edited() {
	f.Helper()
	f.put(0, 3, 0)
	f.rounds(2)
	name := filepath.Join(f.top, "demo/accounts/index/r001.json")
	if err := os.WriteFile(name, []byte("{ id: r001,\n  n: 500, by: hand }\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	r, _ := f.s.room("demo")
	r.busy.Lock()
	r.lookAt(f.set(), "r001", true, false)
	r.busy.Unlock()
	if rec, err := f.s.Get(f.Context(), "demo", "accounts", "r001"); err != nil || !strings.Contains(string(rec.Body), "500") {
		f.Fatalf("%s, %v", rec.Body, err)
	}
}

// What a crash has left is told from a person's edit also when the disk does not show it
// at once: its folder, or the file.
func TestWhatACrashLeftIsNoEditWhenItIsSeenLate(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]func(c disk.Call) bool{
		"list": func(c disk.Call) bool { return c.Op == disk.List && strings.HasSuffix(c.Name, "accounts/index") },
		"stat": func(c disk.Call) bool { return c.Op == disk.Stat && strings.HasSuffix(c.Name, "r001.json") },
		"open": func(c disk.Call) bool { return c.Op == disk.OpenOld && strings.HasSuffix(c.Name, "r001.json") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNotes(t)
			n.edited()
			n.put(1, 2, 700)
			n.disk.end()
			_ = n.s.Close()
			n.disk.begin(-1)
			opened, hit := 0, 0
			n.disk.failWith(func(c disk.Call) (int, error) {
				if !refuses(c) {
					return 0, nil
				}
				if opened++; name == "list" && opened == 1 || hit == 3 {
					return 0, nil // packs are looked for
				}
				hit++
				return 0, syscall.EMFILE
			})
			n.s = n.open(n.top, n.disk.hook)
			r, err := n.s.room("demo")
			if err != nil {
				t.Fatal(err)
			}
			n.rounds(1)
			for set := n.set(); r.unsortedSet(set); {
				n.rounds(1)
			}
			if hit < 3 {
				t.Fatalf("%d calls failed", hit)
			}
			n.killed()
		})
	}
}

// A delete that the journal has twice, as it was carried, does not forget what the
// record's own file was.
func TestACarriedDeleteRemovesTheOwnFile(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	n.s.carryLeast = 1
	n.put(0, 10, 0)
	n.rounds(2)
	n.disk.failWith(func(c disk.Call) (int, error) {
		switch {
		case isTakenAway(c), c.Op == disk.Rename && strings.HasSuffix(c.Name, "/state"):
			return 0, syscall.EIO
		}
		return 0, nil
	})
	n.drop(0)
	n.rounds(1)
	n.other(1)
	n.rounds(3)
	n.killed()
}

// A file that lacks a part, as a power cut may leave it, is the engine's.
func TestAnOwnFileWithAHoleIsNoEdit(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	n.s.o.Checkpoint = time.Hour
	n.put(0, 3, 0)
	n.rounds(1)
	name := filepath.Join(n.top, "demo/accounts/index/r001.json")
	text, err := os.ReadFile(name)
	if err != nil || len(text) < 600 {
		t.Fatal(len(text), err)
	}
	clear(text[:blockSize])
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	n.killed()
}

// Who deletes what is not there is told so only when it cannot come back: what an
// earlier process left in doubt is decided before.
func TestADeleteOfWhatIsInDoubtAfterAKill(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 1, 0)
	syncs := 0
	f.disk.failWith(func(c disk.Call) (int, error) {
		switch {
		case c.Op == disk.Sync && strings.HasSuffix(c.Name, "1.log"), c.Op == disk.Cut, c.Op == disk.Sync && c.Name == ".domain/journal":
			syncs++
			return 0, syscall.EIO
		}
		return 0, nil
	})
	body := fmt.Appendf(nil, `{"id":"x","n":7,"pad":%q}`, strings.Repeat("x", 600))
	if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "x", Body: body}}); domain.CodeOf(err) != "e.store.unknown" {
		t.Fatal(err)
	}
	f.disk.end()
	_ = f.s.Close()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "x"}}); err != nil {
		t.Fatal(err)
	}
	f.survives()
}

// A pack that was merged is removed only once the state that says so is durable,
// whoever wrote it.
func TestAStateThatAnEarlierProcessWroteIsMadeDurable(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin = 1 << 30
	f.put(0, 12, 0)
	f.rounds(2)
	f.put(0, 6, 1000)
	f.rounds(2)
	f.s.deadMin = 200
	r, _ := f.s.room("demo")
	for n := 0; len(f.set().dying) == 0; n++ {
		if r.worker.round(); n > 50 {
			t.Fatal("nothing is merged")
		}
	}
	f.endsAt(func(c disk.Call) bool { return c.Op == disk.Sync && c.Name == ".domain/journal" })
	f.rounds(1)
	if !f.disk.over() {
		t.Fatal("no state was written")
	}
	_ = f.s.Close()
	f.disk.begin(-1)
	f.s = f.open(f.top, f.disk.hook)
	f.endsAt(func(c disk.Call) bool { return c.Op == disk.Rename && strings.HasSuffix(c.Name, "/state") })
	_ = f.s.Close()
	f.survives()
}

// A checkpoint does not list packs that somebody has removed since they were looked
// for.
func TestACheckpointListsNoPackThatWasRemoved(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"pack-*", "*.keys", "*.jsonl", "."} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFrail(t)
			f.put(0, 6, 0)
			f.rounds(2)
			f.set().looked = time.Now()
			dir := filepath.Join(f.top, "demo/accounts/index")
			if what == "." {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			} else {
				removeAll(t, filepath.Join(dir, what))
			}
			f.put(6, 7, 0)
			r, _ := f.s.room("demo")
			for n := 0; n == 0 || r.journal.Size() > 0; n++ {
				if f.rounds(1); n > 10 {
					t.Fatal("the journal is not cut")
				}
				f.set().stuck.again = time.Time{}
			}
			f.disk.end()
			_ = f.s.Close()
			f.holds(f.top)
		})
	}
}

// The journal's folder that was made anew, as somebody had removed it, has a durable
// name before a commit in it is acknowledged, also when that failed at first.
func TestTheNameOfANewJournalFolderIsMadeDurable(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	r, _ := f.s.room("demo")
	if n := r.journal.Size(); n > 0 {
		t.Fatalf("%d bytes of the journal are left", n)
	}
	dir := filepath.Join(f.top, "demo/.domain/journal")
	state, err := os.ReadFile(dir + "/state")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	f.disk.forget(".domain/journal")
	f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.Sync && c.Name == ".domain" }))
	if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "no", Body: []byte(`{"id":"no"}`)}}); err == nil {
		t.Fatal("a sync failed and nobody was told")
	}
	f.put(6, 7, 0)
	f.disk.end()
	_ = f.s.Close()
	for range 20 {
		top := f.disk.afterPowerCut(t)
		name := filepath.Join(top, "demo/.domain/journal")
		if err := os.MkdirAll(name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+"/state", state, 0o600); err != nil {
			t.Fatal(err)
		}
		f.holds(top)
	}
}

// A record that is deleted and made again keeps its own file all the time.
func TestAFileIsNotAwayWhenItsRecordIsMadeAgain(t *testing.T) {
	t.Parallel()
	top := tempDir(t)
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	var s *Store
	put := func() {
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "a", Body: []byte(`{"id":"a","n":1}`)}}); err != nil {
			t.Error(err)
		}
	}
	again := false
	s = (&frail{T: t}).engine(top, func(c disk.Call) (int, error) {
		switch {
		case again && c.Op == disk.Stat && strings.HasSuffix(c.Name, "/a.json"):
			again = false
			put()
		case c.Op == disk.Remove && strings.HasSuffix(c.Name, "/a.json"):
			t.Errorf("%s is removed", c.Name)
		}
		return c.N, nil
	})
	s.manual = true
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	put()
	r.worker.round()
	if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "a"}}); err != nil {
		t.Fatal(err)
	}
	again = true
	r.worker.round()
	r.worker.round()
	if again || count(t, s) != 1 {
		t.Fatal("it was not made again")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) > 0 {
		t.Error(list)
	}
}

// A set that has shrunk and gets own files again loses none of its records when the
// process ends meanwhile: files that are not there yet were not removed by a person.
func TestAKillWhileOwnFilesComeBack(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	if err := n.s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: 6}); err != nil {
		t.Fatal(err)
	}
	n.put(0, 3, 0)
	n.rounds(2) // they have own files
	n.put(3, 10, 0)
	n.rounds(2) // there are too many
	n.drop(3, 4, 5, 6, 7, 8, 9)
	n.endsAt(isOwn)
	n.rounds(1)
	if !n.disk.over() {
		t.Fatal("no own file came back")
	}
	n.killed()
	n.rounds(2)
	for id := range n.want {
		if _, err := os.Stat(filepath.Join(n.top, "demo/accounts/index", id+".json")); err != nil {
			t.Error(err)
		}
	}
	if list, err := filepath.Glob(filepath.Join(n.top, "demo/accounts/index/pack-*")); err != nil || len(list) > 0 {
		t.Errorf("these are not hidden: %v, %v", list, err)
	}
}

// What a power cut leaves of own files that come back is no edit either: the journal
// does not know their records any more.
func TestAPowerCutWhileOwnFilesComeBack(t *testing.T) {
	t.Parallel()
	for _, few := range []bool{false, true} {
		n := newNotes(t)
		if err := n.s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: 30}); err != nil {
			t.Fatal(err)
		}
		left := 12
		if few {
			left = 3
		}
		n.put(0, 31, 0)
		n.rounds(2)
		for i := left; i < 31; i++ {
			n.drop(i)
		}
		n.s.o.Checkpoint = time.Hour
		n.rounds(1)
		n.disk.end()
		_ = n.s.Close()
		for range 20 {
			top := n.disk.afterPowerCut(t)
			s := n.open(top, nil)
			if there := count(t, s); there != left {
				t.Errorf("%d are there, want %d", there, left)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if list := verify(t, top, false); len(list) > 0 {
				t.Error(list)
			}
		}
	}
}

// An edit that was taken in is not taken in once more after a kill, over what came
// later.
func TestAnEditIsNotTakenTwice(t *testing.T) {
	t.Parallel()
	for _, deleted := range []bool{false, true} {
		n := newNotes(t)
		n.edited()
		n.put(1, 2, 700)
		if deleted {
			n.drop(1)
		}
		n.killed()
	}
}
