package filestore

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// The journal's folder, in which own files are made and put aside too, is removed again and
// again while records are written and deleted: what was acknowledged last stays, whatever
// own files show, and nothing is taken for somebody's doing.
func TestOwnFilesDoNotWinWhenTheJournalIsRemoved(t *testing.T) {
	t.Parallel()
	for seed := range rounds(6) {
		top := tempDir(t)
		dir := filepath.Join(top, "demo")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var calls, removals atomic.Int64
		s, err := Open(Options{
			Disk: func(c disk.Call) (int, error) {
				if n := calls.Add(1); n%int64(311+seed) == 0 && removals.Add(1) <= 30 {
					_ = os.RemoveAll(filepath.Join(dir, journal.Dir))
				}
				return c.N, nil
			},
			Dir: func(string) string { return dir }, Settle: time.Millisecond, Checkpoint: 5 * time.Millisecond, Poll: 2 * time.Millisecond,
			Log: slog.New(slog.DiscardHandler), OnFault: func(_ string, f Fault) { t.Errorf("told: %s", f) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
			t.Fatal(err)
		}
		want, unsure := map[string]int{}, map[string]bool{}
		for n := 1; n < 1500+seed; n++ {
			id := fmt.Sprintf("r%03d", n*7%40)
			w := thingset.Write{Set: "accounts", ID: id}
			if n%5 > 0 {
				w.Body = fmt.Appendf(nil, `{"id":%q,"n":%d}`, id, n)
			}
			_, err := s.Commit(t.Context(), "demo", []thingset.Write{w})
			switch {
			case err == nil && w.Body == nil:
				delete(want, id)
			case err == nil:
				want[id] = n
			case domain.CodeOf(err) == "e.store.unknown":
				unsure[id] = true
			case domain.CodeOf(err) == "e.store.write":
				n--
			default:
				t.Fatal(err)
			}
		}
		removals.Store(30)
		settleNow2(t, s)
		holds := func(s *Store, when string) {
			got := map[string]bool{}
			for rec, err := range s.Scan(t.Context(), "demo", "accounts", thingset.Range{}) {
				if err != nil {
					t.Fatal(err)
				}
				got[rec.ID] = true
				if !unsure[rec.ID] && !strings.Contains(string(rec.Body), fmt.Sprintf(`"n":%d}`, want[rec.ID])) {
					t.Errorf("%s: %s, want %d", when, rec.Body, want[rec.ID])
				}
			}
			for id := range want {
				if !got[id] && !unsure[id] {
					t.Errorf("%s: %s is gone", when, id)
				}
			}
		}
		holds(s, "while it is in use")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		s = lasting(t, top, time.Millisecond)
		if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
			t.Fatal(err)
		}
		holds(s, "opened again")
		_ = s.Close()
	}
}

// settleNow2 looks at all own files, and settles.
func settleNow2(t *testing.T, s *Store) {
	t.Helper()
	r, err := s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	r.busy.Lock()
	err = r.edits.walk(r.sets["accounts"], true)
	r.busy.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	r.edits.drain()
	settleNow(t, s)
}

// A record that is deleted does not come back when the folder goes into which its own file
// is put aside just then.
func TestADeleteDoesNotComeBackWhenTheJournalIsRemoved(t *testing.T) {
	t.Parallel()
	f := newNotes(t)
	f.put(0, 3, 0)
	f.rounds(3)
	f.drop(1)
	removed := false
	f.disk.failWith(func(c disk.Call) (int, error) {
		if !removed && c.Op == disk.Rename && strings.HasSuffix(c.From, "r001.json") {
			removed = true
			return 0, os.RemoveAll(filepath.Join(f.top, "demo", journal.Dir))
		}
		return 0, nil
	})
	f.rounds(1)
	if !removed {
		t.Fatal("nothing was put aside")
	}
	r, _ := f.s.room("demo")
	for range 3 {
		r.sets["accounts"].stuck.again = time.Time{}
		r.worker.round()
	}
	settleNow2(t, f.s)
	if n := count(t, f.s); n != 2 {
		t.Errorf("%d are there", n)
	}
	f.ended()
	f.holds(f.top)
}

// The journal's folder is removed while records wait to be settled, and the process ends at
// any change from then on: what an own file shows counts, and what was written down once
// stays so, also when it was written to a pack that was begun since.
func TestWhatOwnFilesShowIsNotRolledBack(t *testing.T) {
	t.Parallel()
	done := map[bool]map[string]bool{true: {}, false: {}}
	for end := 0; end < 60; end++ {
		f := newNotes(t)
		f.warns = true
		f.put(0, 6, 0)
		f.rounds(3)
		f.put(0, 3, 500)
		f.rounds(1)
		if end%2 == 0 {
			f.set().afloat.sealed = true
		}
		f.put(1, 4, 1000)
		f.drop(5)
		if err := os.RemoveAll(filepath.Join(f.top, "demo", journal.Dir)); err != nil {
			t.Fatal(err)
		}
		f.disk.scanned()
		f.disk.endAfter(end)
		f.rounds(2)
		over := f.disk.over()
		f.ended()
		shown := map[string]string{}
		for i := range 6 {
			id := fmt.Sprintf("r%03d", i)
			text, _ := os.ReadFile(filepath.Join(f.top, "demo/accounts/index", id+".json"))
			shown[id] = string(text)
		}
		s := f.open(f.top, nil)
		for id, text := range shown {
			rec, err := s.Get(t.Context(), "demo", "accounts", id)
			n, there := f.want[id]
			last := there == (err == nil) && (!there || strings.Contains(string(rec.Body), fmt.Sprintf(`"n":%d,`, n)))
			if text != "" && !last && (err != nil || text != string(recordText(rec.Body))) {
				t.Errorf("after %d changes %s shows %.40q, and is %.40s", end, id, text, rec.Body)
			}
			if done[end%2 == 0][id] && !last {
				t.Errorf("after %d changes %s is not what it was after fewer: %.40s", end, id, rec.Body)
			}
			done[end%2 == 0][id] = last
		}
		_ = s.Close()
		if !over {
			f.holds(f.top)
			break
		}
	}
}

// The journal's folder is removed, with the state, and what waited is written to a pack that
// is begun then: a kill before the next checkpoint does not have it count for nothing.
func TestAPackThatIsBegunWithoutAJournalCounts(t *testing.T) {
	t.Parallel()
	for _, notes := range []bool{false, true} {
		f := frailOf(t, notes)
		f.warns = true
		f.put(0, 4, 0)
		f.rounds(3)
		f.set().afloat.sealed = true
		f.put(1, 8, 1000)
		f.drop(0)
		if err := os.RemoveAll(filepath.Join(f.top, "demo", journal.Dir)); err != nil {
			t.Fatal(err)
		}
		f.disk.scanned()
		f.settleOnly()
		f.ended()
		f.holds(f.top)
	}
}
