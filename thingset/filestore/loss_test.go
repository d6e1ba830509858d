package filestore

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// packedDomain is the folder of a domain with a set of n records in packs, closed.
func packedDomain(t *testing.T, n int) (top string) {
	t.Helper()
	top = t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, time.Millisecond)
	s.full = 2000
	definePacked(t, s)
	for i := range n {
		put(t, s, fmt.Sprintf("r%03d", i), i)
		if i == n/2 || i == n-1 { // there are two packs at least
			if err := s.CloseDomain("demo"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return top
}

func definePacked(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1, Unique: [][]string{{"n"}}}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *Store) int {
	t.Helper()
	n, err := s.Count(t.Context(), "demo", "accounts")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func removeAll(t *testing.T, pattern string) {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v %v", pattern, list, err)
	}
	for _, name := range list {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// The only copy of records is never removed: a set that was copied without its key
// files, or of which state and key files are gone, is read from its lines.
func TestLinesWithoutKeysAreTakenIn(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"copied", "copied beside writes", "lost with the state"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			top := packedDomain(t, 60)
			removeAll(t, top+"/demo/accounts/index/pack-*.keys")
			switch what {
			case "lost with the state":
				removeAll(t, top+"/demo/.domain/journal/state")
			default:
				other := packedDomain(t, 0)
				if err := os.Rename(top+"/demo/accounts", other+"/demo/accounts"); err != nil {
					t.Fatal(err)
				}
				top = other
			}
			s := lasting(t, top, time.Millisecond)
			if what == "copied beside writes" {
				if err := s.Define(t.Context(), "demo", "other", thingset.Def{}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "other", ID: "a", Body: []byte(`{"id":"a"}`)}}); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				definePacked(t, s)
				if n := count(t, s); n != 60 {
					t.Fatalf("%d of 60 records", n)
				}
				if rec, err := s.Find(t.Context(), "demo", "accounts", 0, "7"); err != nil || rec.ID != "r007" {
					t.Errorf("by unique key: %v %v", rec, err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if list := verify(t, top, false); len(list) > 0 {
					t.Errorf("the doctor says %v", list)
				}
				s = lasting(t, top, time.Millisecond)
			}
			if kept, _ := filepath.Glob(top + "/demo/accounts/index/.replaced-pack-*.jsonl.kept"); len(kept) == 0 {
				t.Error("the lines are not kept")
			}
			_ = s.Close()
		})
	}
}

// A packed set that was copied whole needs no repair.
func TestACopiedSetCounts(t *testing.T) {
	t.Parallel()
	from, top := packedDomain(t, 60), packedDomain(t, 0)
	if err := os.Rename(from+"/demo/accounts", top+"/demo/accounts"); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, time.Millisecond)
	for range 2 {
		definePacked(t, s)
		if n := count(t, s); n != 60 {
			t.Fatalf("%d of 60 records", n)
		}
		put(t, s, "r001", 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, top, false); len(list) > 0 {
			t.Errorf("the doctor says %v", list)
		}
		s = lasting(t, top, time.Millisecond)
	}
	_ = s.Close()
}

// A line that cannot be read is no reason to drop the file, nor to keep the others from
// counting.
func TestLinesWithoutKeysThatCannotBeReadAreKept(t *testing.T) {
	t.Parallel()
	top := packedDomain(t, 60)
	removeAll(t, top+"/demo/accounts/index/pack-*.keys")
	removeAll(t, top+"/demo/.domain/journal/state")
	file := top + "/demo/accounts/index/pack-1.jsonl"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, `{"id":"torn`...)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if list := verify(t, top, false); len(list) != 1 || list[0].Offset <= 0 {
		t.Error(list)
	}
	s := lasting(t, top, time.Millisecond)
	definePacked(t, s)
	if n := count(t, s); n != 60 {
		t.Errorf("%d of 60 records", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !has(t, top, data) {
		t.Error("the file is not kept")
	}
}

// A pack that is gone, both files of it, is noticed.
func TestAMissingPackIsDamage(t *testing.T) {
	t.Parallel()
	top := packedDomain(t, 200)
	removeAll(t, top+"/demo/accounts/index/pack-2.*")
	s := lasting(t, top, time.Millisecond)
	defer s.Close()
	err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1})
	if domain.CodeOf(err) != "e.store.damaged" || !strings.Contains(err.Error(), "pack-2") {
		t.Errorf("%v", err)
	}
}

// Who removes or replaces the journal's folder while the engine runs loses nothing:
// commits are refused from then on, until what was acknowledged is safe elsewhere.
func TestARemovedJournalIsNoticed(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"removed", "moved", "replaced"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			top := packedDomain(t, 3)
			s := lasting(t, top, time.Hour)
			s.manual = true
			definePacked(t, s)
			put(t, s, "before", 100)
			dir := filepath.Join(top, "demo", journal.Dir)
			var err error
			switch how {
			case "removed":
				err = os.RemoveAll(dir)
			default:
				err = os.Rename(dir, dir+"-moved")
			}
			if err == nil && how == "replaced" {
				err = os.Mkdir(dir, 0o700)
			}
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.room("demo")
			if err != nil {
				t.Fatal(err)
			}
			if how == "removed" {
				if err := s.tryPut("refused", 101); domain.CodeOf(err) != "e.store.write" {
					t.Errorf("after the folder is gone: %v", err)
				}
			}
			if !r.journal.Lost() {
				t.Error("nobody has noticed")
			}
			if err := s.tryPut("refused", 101); domain.CodeOf(err) != "e.store.write" || !strings.Contains(err.Error(), "removed or replaced") {
				t.Errorf("after it was noticed: %v", err)
			}
			r.worker.round()
			put(t, s, "after", 102)
			s = killed(t, s, top)
			definePacked(t, s)
			for id, want := range map[string]bool{"before": true, "after": true, "refused": false} {
				if _, err := s.Get(t.Context(), "demo", "accounts", id); (err == nil) != want {
					t.Errorf("%s: %v", id, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (s *Store) tryPut(id string, n int) error {
	_, err := s.Commit(context.Background(), "demo", []thingset.Write{{Set: "accounts", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"n":%d}`, id, n)}})
	return err
}

// killed gives an engine over a copy of the folder, as a kill would leave it.
func killed(t *testing.T, s *Store, top string) *Store {
	t.Helper()
	left := copyTree(t, top)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return lasting(t, left, time.Millisecond)
}

// An acknowledged update is not overwritten by a person's edit without a word.
func TestAnEditKeepsTheVersionThatCameBetween(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := top + "/demo/accounts/index"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var s *Store
	var between atomic.Bool
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: time.Hour, Log: slog.New(slog.DiscardHandler),
		// while the edit is being read somebody else updates the record
		Check: func(string, string, []byte) error {
			if between.CompareAndSwap(true, false) {
				return s.tryPut("a", 2)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.manual = true
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", 1)
	r, _ := s.room("demo")
	r.worker.round()
	if err := os.WriteFile(dir+"/a.json", []byte(`{id:"a",n:3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	between.Store(true)
	set := r.loaded()[0]
	r.busy.Lock()
	r.edits.walk(set, true)
	r.busy.Unlock()
	r.edits.flush()
	rec, err := s.Get(t.Context(), "demo", "accounts", "a")
	if err != nil || string(rec.Body) != `{"id":"a","n":3}` {
		t.Errorf("%s %v", rec.Body, err)
	}
	kept, _ := filepath.Glob(dir + "/a.conflict-*.json")
	if len(kept) != 1 {
		t.Fatalf("kept: %v", kept)
	}
	if text, _ := os.ReadFile(kept[0]); !strings.Contains(string(text), `"n": 2`) {
		t.Errorf("%s holds %s", kept[0], text)
	}
	_ = s.Close()
}

// A person's edit that is saved while a newer version is on its way into the same file
// counts, and that version is kept.
func TestAnEditDuringAFlushIsNotOverwritten(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	file := top + "/demo/accounts/index/a.json"
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	var armed atomic.Bool
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: time.Hour, Log: slog.New(slog.DiscardHandler),
		Disk: func(c disk.Call) (int, error) {
			if strings.HasPrefix(filepath.Base(c.Name), ".pack-") && armed.CompareAndSwap(true, false) {
				return 0, os.WriteFile(file, []byte(`{id:"a",n:3}`), 0o600)
			}
			return 0, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.manual = true
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", 1)
	r, _ := s.room("demo")
	r.worker.round()
	put(t, s, "a", 2)
	armed.Store(true)
	r.worker.round()
	if armed.Load() {
		t.Fatal("nothing was flushed")
	}
	r.edits.noteFor(r.loaded()[0], "a", edit{at: time.Now(), last: true})
	r.edits.flush()
	rec, err := s.Get(t.Context(), "demo", "accounts", "a")
	if err != nil || string(rec.Body) != `{"id":"a","n":3}` {
		t.Errorf("%s %v", rec.Body, err)
	}
	kept, _ := filepath.Glob(filepath.Dir(file) + "/a.conflict-*.json")
	if len(kept) != 1 {
		t.Fatalf("kept: %v", kept)
	}
	if text, _ := os.ReadFile(kept[0]); !strings.Contains(string(text), `"n": 2`) {
		t.Errorf("%s holds %s", kept[0], text)
	}
	_ = s.Close()
}

// Nor is one that came between a person's reading and saving, however long ago.
func TestAnEditKeepsWhatThePersonHasNotRead(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := top + "/demo/accounts/index"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := lasting(t, top, time.Hour)
	s.manual = true
	if err := s.Define(t.Context(), "demo", "accounts", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	r, _ := s.room("demo")
	put := func(body string) {
		t.Helper()
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: "accounts", ID: "a", Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
		r.worker.round()
	}
	edit := func(text string) (kept []string) {
		t.Helper()
		if err := os.WriteFile(dir+"/a.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set := r.loaded()[0]
		r.busy.Lock()
		r.edits.walk(set, true)
		r.busy.Unlock()
		r.edits.flush()
		r.worker.round()
		kept, _ = filepath.Glob(dir + "/a.conflict-*.json")
		return kept
	}
	put(`{"id":"a","v":1,"lm":100}`)
	if kept := edit(`{"id":"a","v":2,"lm":100}`); len(kept) != 0 {
		t.Errorf("an edit of what was read keeps %v", kept)
	}
	put(`{"id":"a","v":"acknowledged","lm":200}`)
	kept := edit(`{"id":"a","v":3,"lm":100}`)
	if len(kept) != 1 {
		t.Fatalf("kept: %v", kept)
	}
	if text, _ := os.ReadFile(kept[0]); !strings.Contains(string(text), "acknowledged") {
		t.Errorf("%s holds %s", kept[0], text)
	}
	if rec, err := s.Get(t.Context(), "demo", "accounts", "a"); err != nil || !strings.Contains(string(rec.Body), `"v":3`) {
		t.Errorf("%s %v", rec.Body, err)
	}
	_ = s.Close()
}

// Packs that somebody removes under a running engine are written anew from what it
// has open.
func TestRemovedPacksAreWrittenAnew(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"pack-*.jsonl", "pack-*.keys", "pack-2.*"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			top := packedDomain(t, 200)
			s := lasting(t, top, time.Hour)
			s.manual, s.o.Checkpoint = true, 1
			definePacked(t, s)
			removeAll(t, top+"/demo/accounts/index/"+what)
			put(t, s, "new", 1000)
			r, _ := s.room("demo")
			for range 3 {
				r.worker.round()
			}
			s = killed(t, s, top)
			definePacked(t, s)
			if n := count(t, s); n != 201 {
				t.Errorf("%d of 201 records", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// From a disk that cannot be written to everything can be read, and who writes is
// told why that does not work.
func TestAReadOnlyDiskCanBeRead(t *testing.T) {
	t.Parallel()
	crash := packedDomain(t, 40)
	s := lasting(t, crash, time.Hour)
	definePacked(t, s)
	put(t, s, "last", 1000) // it stands in the journal only
	top := copyTree(t, crash)
	_ = s.Close()
	var mended atomic.Bool
	refuse := func(c disk.Call) (int, error) {
		if !mended.Load() && (c.Op.Changes() || c.Op == disk.Access) {
			return 0, syscall.EROFS
		}
		return 0, nil
	}
	ro, err := Open(Options{Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: time.Millisecond, Disk: refuse, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	definePacked(t, ro)
	if n := count(t, ro); n != 41 {
		t.Errorf("%d of 41 records", n)
	}
	if rec, err := ro.Find(t.Context(), "demo", "accounts", 0, "1000"); err != nil || rec.ID != "last" {
		t.Errorf("%v %v", rec, err)
	}
	err = ro.tryPut("no", 5000)
	if domain.CodeOf(err) != "e.store.write" || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a write: %v", err)
	}
	mended.Store(true)
	if err := ro.tryPut("no", 5000); domain.CodeOf(err) != "e.store.write" {
		t.Errorf("the write that finds it mended: %v", err)
	}
	for tries := 0; ro.tryPut("yes", 5001) != nil; tries++ {
		if tries > 1000 {
			t.Fatal("it is never opened for writing")
		}
		runtime.Gosched()
	}
	if err := ro.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// A set that cannot be written does not keep the others from being flushed, and
// is told of once.
func TestABrokenSetIsContained(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.MkdirAll(top+"/demo/broken", 0o755); err != nil {
		t.Fatal(err)
	}
	var told atomic.Int64
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: 1, Checkpoint: 1,
		Log: slog.New(counting{level: slog.LevelError, n: &told}),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.manual = true
	for _, set := range []string{"broken", "well"} {
		if err := s.Define(t.Context(), "demo", set, thingset.Def{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(top+"/demo/broken/index", nil, 0o600); err != nil { // a file in the folder's place
		t.Fatal(err)
	}
	r, _ := s.room("demo")
	for n := range 20 {
		for _, set := range []string{"broken", "well"} {
			if _, err := s.Commit(t.Context(), "demo", []thingset.Write{{Set: set, ID: "a", Body: fmt.Appendf(nil, `{"id":"a","n":%d}`, n)}}); err != nil {
				t.Fatal(err)
			}
		}
		r.worker.round()
	}
	if text, err := os.ReadFile(top + "/demo/well/index/a.json"); err != nil || !strings.Contains(string(text), "19") {
		t.Errorf("the other set shows %s, %v", text, err)
	}
	if n := told.Load(); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	if err := os.Remove(top + "/demo/broken/index"); err != nil {
		t.Fatal(err)
	}
	for _, set := range r.loaded() {
		set.stuck.again = time.Time{}
	}
	r.worker.round()
	if text, err := os.ReadFile(top + "/demo/broken/index/a.json"); err != nil || !strings.Contains(string(text), "19") {
		t.Errorf("mended, the set shows %s, %v", text, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Nor does it keep the journal from being cut: what it has not flushed is carried
// along, through a kill too.
func TestABrokenSetLetsTheJournalBeCut(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	if err := os.MkdirAll(top+"/demo/broken", 0o755); err != nil {
		t.Fatal(err)
	}
	open := func(top string) *Store {
		s, err := Open(Options{Dir: func(dom string) string { return filepath.Join(top, dom) }, Settle: 1, Checkpoint: 1, FeedBytes: -1, CacheBytes: -1, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s.manual, s.carryLeast = true, 20_000
		for _, set := range []string{"broken", "well"} {
			if err := s.Define(t.Context(), "demo", set, thingset.Def{Unique: [][]string{{"u"}}}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	s := open(top)
	commit := func(set, id, body string) {
		t.Helper()
		w := thingset.Write{Set: set, ID: id}
		if body != "" {
			w.Body = []byte(body)
		}
		if _, err := s.Commit(t.Context(), "demo", []thingset.Write{w}); err != nil {
			t.Fatal(err)
		}
	}
	round := func() {
		r, err := s.room("demo")
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range r.loaded() {
			set.stuck.again = time.Time{}
		}
		r.worker.round()
	}
	commit("broken", "gone", `{"id":"gone","u":"1"}`)
	commit("broken", "stays", `{"id":"stays","u":"2"}`)
	round()
	if err := os.Rename(top+"/demo/broken/index", top+"/demo/broken/was"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(top+"/demo/broken/index", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	commit("broken", "gone", "")
	commit("broken", "new", `{"id":"new","u":"1"}`)
	pad := strings.Repeat("x", 1000)
	most := int64(0)
	for n := range 400 {
		commit("well", "a", fmt.Sprintf(`{"id":"a","n":%d,"pad":%q}`, n, pad))
		if n%10 == 0 {
			round()
			r, _ := s.room("demo")
			most = max(most, r.journal.Size())
		}
	}
	if most > 60_000 {
		t.Errorf("the journal grew to %d bytes", most)
	}
	commit("broken", "last", `{"id":"last","u":"3"}`)
	left := copyTree(t, top)
	_ = s.Close()
	if err := os.Remove(left + "/demo/broken/index"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(left+"/demo/broken/was", left+"/demo/broken/index"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s = open(left)
		for id, want := range map[string]bool{"gone": false, "stays": true, "new": true, "last": true} {
			if _, err := s.Get(t.Context(), "demo", "broken", id); (err == nil) != want {
				t.Errorf("%s: %v", id, err)
			}
		}
		if rec, err := s.Find(t.Context(), "demo", "broken", 0, "1"); err != nil || rec.ID != "new" {
			t.Errorf("%v %v", rec, err)
		}
		round()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, left, false); len(list) > 0 {
			t.Errorf("the doctor says %v", list)
		}
	}
}

// counting is a log that counts records of a level.
type counting struct {
	slog.Handler
	level slog.Level
	n     *atomic.Int64
}

func (c counting) Enabled(context.Context, slog.Level) bool { return true }

func (c counting) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= c.level {
		c.n.Add(1)
	}
	return nil
}
