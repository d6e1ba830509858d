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

// frail is an engine on a disk that refuses what a test says and then loses power. Its
// set, accounts, has packs alone; of notes each record has a file of its own, and nobody
// is to be told of faults.
type frail struct {
	*testing.T
	top   string
	disk  *frailDisk
	s     *Store
	want  map[string]int
	notes bool
	warns bool // of notes, too, faults may be told
}

func newFrail(t *testing.T) *frail { return frailOf(t, false) }

func newNotes(t *testing.T) *frail { return frailOf(t, true) }

func frailOf(t *testing.T, notes bool) *frail {
	t.Helper()
	f := &frail{T: t, top: tempDir(t), want: map[string]int{}, notes: notes}
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
	if s.manual, s.deadMin = true, 1<<30; f.notes {
		if err := s.Define(f.Context(), "demo", "accounts", thingset.Def{}); err != nil {
			f.Fatal(err)
		}
		return s
	}
	s.deadMin, s.stepRows = 200, 2
	definePacked(f.T, s)
	return s
}

func (f *frail) engine(top string, hook disk.Hook) *Store {
	f.Helper()
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(top, dom) }, Log: slog.New(slog.DiscardHandler),
		Disk: hook, Settle: 1, Checkpoint: 1, CacheBytes: -1, FeedBytes: -1,
		OnFault: func(_ string, one Fault) {
			if f.notes && !f.warns {
				f.Errorf("told: %s", one)
			}
		},
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

// drop deletes records.
func (f *frail) drop(ids ...int) {
	f.Helper()
	var batch []thingset.Write
	for _, i := range ids {
		id := fmt.Sprintf("r%03d", i)
		batch = append(batch, thingset.Write{Set: "accounts", ID: id})
		delete(f.want, id)
	}
	if _, err := f.s.Commit(f.Context(), "demo", batch); err != nil {
		f.Fatal(err)
	}
}

// endsAt ends the process before a call.
func (f *frail) endsAt(names func(c disk.Call) bool) {
	f.disk.failWith(func(c disk.Call) (int, error) {
		if names(c) {
			f.disk.dead = true
			return 0, errEnded
		}
		return 0, nil
	})
}

// nextSegment has the next commit begin a segment of the journal.
func (f *frail) nextSegment() {
	f.Helper()
	f.disk.failWith(once(func(c disk.Call) bool { return c.Op == disk.Sync && strings.HasSuffix(c.Name, ".log") }))
	if _, err := f.s.Commit(f.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "no", Body: []byte(`{"id":"no"}`)}}); err == nil {
		f.Fatal("a sync failed and nobody was told")
	}
	f.disk.failWith(nil)
}

// other commits to another set: the journal gets long.
func (f *frail) other(n int) {
	f.Helper()
	if err := f.s.Define(f.Context(), "demo", "other", thingset.Def{Loose: -1}); err != nil {
		f.Fatal(err)
	}
	for range n {
		if _, err := f.s.Commit(f.Context(), "demo", []thingset.Write{{Set: "other", ID: "a", Body: fmt.Appendf(nil, `{"id":"a","pad":%q}`, strings.Repeat("x", 1000))}}); err != nil {
			f.Fatal(err)
		}
	}
	r, err := f.s.room("demo")
	if err != nil {
		f.Fatal(err)
	}
	_ = r.settle()
}
