package filestore

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// fed is a domain whose feed is looked at.
type fed struct {
	*testing.T
	top    string
	s      *Store
	files  int // that stay
	rest   time.Duration
	faults []string
}

// feedOptions cut the journal at once and poll nothing.
func feedOptions() Options {
	return Options{Settle: time.Millisecond, Checkpoint: time.Millisecond, Poll: time.Hour}
}

func newFed(t *testing.T, o Options) *fed {
	f := &fed{T: t, top: t.TempDir()}
	if err := os.Mkdir(filepath.Join(f.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.open(o)
	return f
}

func (f *fed) open(o Options) {
	f.Helper()
	o.Dir = func(dom string) string { return filepath.Join(f.top, dom) }
	o.Log = slog.New(slog.DiscardHandler)
	o.OnFault = func(_ string, x Fault) { f.faults = append(f.faults, x.String()) }
	s, err := Open(o)
	if err == nil {
		if s.feedFiles = f.files; f.rest > 0 {
			s.rest = f.rest
		}
		err = s.Define(f.Context(), "demo", "set", thingset.Def{})
	}
	if err != nil {
		f.Fatal(err)
	}
	f.s = s
	f.Cleanup(func() { s.Close() })
}

// reopen closes the store and opens it again.
func (f *fed) reopen(o Options) {
	f.Helper()
	f.close()
	f.open(o)
}

func (f *fed) close() {
	f.Helper()
	if err := f.s.Close(); err != nil {
		f.Fatal(err)
	}
}

func (f *fed) put(id, text string) {
	f.Helper()
	body := fmt.Appendf(nil, `{"id":%q,"t":%q}`, id, text)
	if _, err := f.s.Commit(f.Context(), "demo", []thingset.Write{{Set: "set", ID: id, Body: body}}); err != nil {
		f.Fatal(err)
	}
}

func (f *fed) delete(id string) {
	f.Helper()
	if _, err := f.s.Commit(f.Context(), "demo", []thingset.Write{{Set: "set", ID: id}}); err != nil {
		f.Fatal(err)
	}
}

// after is the feed after a revision.
func (f *fed) after(rev thingset.Rev) (list []string, err error) {
	for c, err := range f.s.Changes(f.Context(), "demo", rev) {
		if err != nil {
			return list, err
		}
		list = append(list, fmt.Sprintf("%d %s %s %v", c.Rev, c.ID, c.Body, c.New))
	}
	return list, nil
}

func (f *fed) tells(rev thingset.Rev, want ...string) {
	f.Helper()
	if got, err := f.after(rev); err != nil || !slices.Equal(got, want) {
		f.Errorf("after %d: %q, %v\nwant %q", rev, got, err, want)
	}
}

func (f *fed) lost(rev thingset.Rev) {
	f.Helper()
	if got, err := f.after(rev); domain.CodeOf(err) != "e.store.feed" || len(got) > 0 {
		f.Errorf("after %d: %q, %v", rev, got, err)
	}
}

// oldest is the first revision after which the feed is there.
func (f *fed) oldest(last thingset.Rev) (rev thingset.Rev) {
	f.Helper()
	for {
		list, err := f.after(rev)
		switch {
		case err == nil && len(list) == int(last-rev):
			return rev
		case domain.CodeOf(err) != "e.store.feed" || rev == last:
			f.Fatalf("after %d: %d changes, %v", rev, len(list), err)
		}
		rev++
	}
}

func (f *fed) kept() []string {
	f.Helper()
	list, err := filepath.Glob(filepath.Join(f.top, "demo", journal.Dir, "*.log"))
	if err != nil {
		f.Fatal(err)
	}
	return list
}

func (f *fed) keptBytes() (n int64) {
	for _, name := range f.kept() {
		if fi, err := os.Stat(name); err == nil {
			n += fi.Size()
		}
	}
	return n
}

func TestTheFeedGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	f.put("a", "1")
	f.put("a", "2")
	f.reopen(feedOptions())
	f.put("b", "1")
	f.delete("a")
	all := []string{`1 a {"id":"a","t":"1"} true`, `2 a {"id":"a","t":"2"} false`, `3 b {"id":"b","t":"1"} true`, `4 a  false`}
	f.reopen(feedOptions())
	for rev := range 5 {
		f.tells(thingset.Rev(rev), all[rev:]...)
	}
	f.lost(5)
	f.put("a", "3")
	f.tells(1, append(all[1:], `5 a {"id":"a","t":"3"} true`)...)
	f.tells(5)
	f.lost(6)
}

// A process that ends without a word leaves the feed, at whatever moment: from
// then on nothing changes on disk.
func TestTheFeedGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	for _, settle := range []time.Duration{time.Nanosecond, time.Millisecond, time.Hour} {
		ended := &atomic.Bool{}
		options := func() Options {
			ended = &atomic.Bool{}
			over := ended
			return Options{Settle: settle, Checkpoint: settle, Disk: func(c disk.Call) (int, error) {
				if over.Load() {
					return 0, errEnded
				}
				return c.N, nil
			}}
		}
		f := newFed(t, options())
		var all []string
		for n := range 60 {
			f.put("a", fmt.Sprint(n))
			all = append(all, fmt.Sprintf(`%d a {"id":"a","t":"%d"} %v`, n+1, n, n == 0))
			if n%10 != 9 {
				continue
			}
			ended.Store(true)
			_ = f.s.Close() // it cannot do anything any more
			f.faults = nil
			f.open(options())
			for _, rev := range []int{0, n / 2, n, n + 1} {
				f.tells(thingset.Rev(rev), all[rev:]...)
			}
			if len(f.faults) > 0 {
				t.Error(f.faults)
			}
		}
	}
}

func TestTheKeptFeedIsBounded(t *testing.T) {
	t.Parallel()
	o := feedOptions()
	o.FeedBytes = 20_000
	f := newFed(t, o)
	text := strings.Repeat("x", 900)
	const commits = 100
	for n := range commits {
		f.put(fmt.Sprint("r", n), text)
		if n%10 == 9 {
			f.reopen(o)
		}
	}
	// On a busy machine a life may end before it has cut what it wrote, some 10 KB: that stays
	// beside the bound, since the last header leads there (Journal.needed). All are 100 KB.
	if size, oldest := f.keptBytes(), f.oldest(commits); size > 42_000 || oldest == 0 || oldest > commits-10 {
		t.Errorf("%d bytes are kept; the feed begins behind %d", size, oldest)
	}
	o.FeedBytes = -1
	f.reopen(o)
	f.put("last", text)
	f.reopen(o)
	if list := f.kept(); len(list) > 0 {
		t.Errorf("kept %q", list)
	}
	f.lost(commits)
	f.tells(commits + 1)
}

func TestTheKeptFeedGetsOldAndGoes(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	for n := range 3 {
		f.put("a", fmt.Sprint(n))
		f.reopen(feedOptions())
	}
	now := time.Now()
	for i, age := range []time.Duration{25, 23, 0} {
		at := now.Add(-age * time.Hour)
		if err := os.Chtimes(f.kept()[i], at, at); err != nil {
			t.Fatal(err)
		}
	}
	if oldest := f.oldest(3); oldest != 0 {
		t.Errorf("the feed begins behind %d before anything is cut", oldest)
	}
	f.put("a", "last")
	f.reopen(feedOptions())
	if oldest := f.oldest(4); oldest != 1 || len(f.kept()) != 3 {
		t.Errorf("the feed begins behind %d, kept %q", oldest, f.kept())
	}
}

// A domain that is written to now and then goes on in the segment that it has, however
// often that is cut; its feed is there also in the next life.
func TestACutLeavesNoFileOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	r, err := f.s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range 30 {
		f.put("a", fmt.Sprint(n))
		all = append(all, fmt.Sprintf(`%d a {"id":"a","t":"%d"} %v`, n+1, n, n == 0))
		f.until(func() bool { return r.journal.Size() == 0 && r.journal.CutRev() == thingset.Rev(n+1) })
	}
	if list := f.kept(); len(list) != 1 {
		t.Errorf("kept %q", list)
	}
	left := copyTree(t, f.top)
	for _, top := range []string{f.top, left} {
		f.close()
		f.top = top
		f.open(feedOptions())
		f.tells(0, all...)
		f.tells(29, all[29])
		if list := verify(t, f.top, false); len(list) > 0 || len(f.faults) > 0 {
			t.Errorf("%v %v", list, f.faults)
		}
	}
}

// Each life leaves a segment; there are no more of them than are to stay.
func TestOnlySoManySegmentsStay(t *testing.T) {
	t.Parallel()
	f := &fed{T: t, top: t.TempDir(), files: 8}
	if err := os.Mkdir(filepath.Join(f.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.open(feedOptions())
	const commits = 60
	for n := range commits {
		f.put("a", fmt.Sprint(n))
		if n%3 == 2 {
			f.reopen(feedOptions())
		}
		if len(f.kept()) > 9 {
			t.Fatalf("%d files", len(f.kept()))
		}
	}
	if oldest := f.oldest(commits); oldest < commits-27 || oldest > commits-24 {
		t.Errorf("the feed begins behind %d", oldest)
	}
	f.close()
	if list := verify(t, f.top, false); len(list) > 0 || len(f.faults) > 0 {
		t.Errorf("%v %v", list, f.faults)
	}
}

// until waits for what the worker does.
func (f *fed) until(ok func() bool) {
	f.Helper()
	for range 10_000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	f.Fatal("it does not come")
}

// Damage in what is kept makes the feed shorter, is told once, and nothing else.
func TestADamagedKeptSegmentOnlyShortensTheFeed(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	for n := range 5 {
		f.put("a", fmt.Sprint(n))
		f.reopen(feedOptions())
	}
	f.close()
	whole := f.top
	for name, spoil := range map[string]func(file string) error{
		"a byte":  func(file string) error { flip(t, file, 30); return nil },
		"head":    func(file string) error { flip(t, file, 3); return nil },
		"cut off": func(file string) error { return os.Truncate(file, 50) },
		"empty":   func(file string) error { return os.Truncate(file, 0) },
		"gone":    os.Remove,
		"foreign": func(file string) error {
			data, err := os.ReadFile(file[:len(file)-5] + "4.log")
			return errors.Join(err, os.WriteFile(file, data, 0o600))
		},
	} {
		f := &fed{T: t, top: copyTree(t, whole)}
		list := f.kept()
		if len(list) != 5 {
			t.Fatal(list)
		}
		if err := spoil(list[2]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		told := name != "gone"
		if list := verify(t, f.top, false); told != (len(list) == 1) {
			t.Errorf("%s: the doctor says %v", name, list)
		}
		f.open(feedOptions())
		for range 2 {
			if oldest := f.oldest(5); oldest != 3 {
				t.Errorf("%s: the feed begins behind %d", name, oldest)
			}
		}
		if told != (len(f.faults) == 1) || told && !strings.Contains(f.faults[0], filepath.Base(list[2])) {
			t.Errorf("%s: %q", name, f.faults)
		}
		f.put("a", "more")
		f.reopen(feedOptions())
		if oldest := f.oldest(6); oldest < 3 {
			t.Errorf("%s: the feed begins behind %d", name, oldest)
		}
		f.close()
		f.mended(name, told)
	}
}

// mended has the doctor put aside what is damaged.
func (f *fed) mended(name string, told bool) {
	f.Helper()
	for _, x := range verify(f.T, f.top, true) {
		if !x.Repaired || !strings.Contains(x.Msg.EN, ".log.kept") {
			f.Errorf("%s: %s", name, x)
		}
	}
	if list := verify(f.T, f.top, false); len(list) > 0 {
		f.Errorf("%s: after the repair: %v", name, list)
	}
	aside, err := filepath.Glob(filepath.Join(f.top, "demo", journal.Dir, "damaged-*.log.kept"))
	if err != nil || told != (len(aside) == 1) {
		f.Errorf("%s: put aside are %q, %v", name, aside, err)
	}
	f.faults = nil
	f.open(feedOptions())
	if oldest := f.oldest(6); oldest < 3 || len(f.faults) > 0 {
		f.Errorf("%s: after the repair the feed begins behind %d, %q", name, oldest, f.faults)
	}
}

// What has gone from memory is read from the journal, while others write.
func TestASlowReaderIsToldEverything(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	text := strings.Repeat("x", 20_000)
	const commits = 700 // more than memory holds
	for n := range commits / 2 {
		f.put("a", fmt.Sprint(n, text))
	}
	last, next := thingset.Rev(0), commits/2
	for c, err := range f.s.Changes(t.Context(), "demo", 0) {
		if err != nil || c.Rev != last+1 || !bytes.Contains(c.Body, []byte(text)) {
			t.Fatalf("%d after %d, %v", c.Rev, last, err)
		}
		if last = c.Rev; next < commits {
			f.put("a", fmt.Sprint(next, text))
			next++
		}
	}
	if last < commits/2 {
		t.Errorf("it ended with %d", last)
	}
	f.reopen(feedOptions())
	if oldest := f.oldest(commits); oldest > 100 {
		t.Errorf("the feed begins behind %d", oldest)
	}
}

// What nobody has asked for in a while is not in memory, and is told all the same.
func TestMemoryLetsGoOfOldChanges(t *testing.T) {
	t.Parallel()
	f := &fed{T: t, top: t.TempDir(), rest: time.Millisecond}
	if err := os.Mkdir(filepath.Join(f.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.open(feedOptions())
	for n := range 20 {
		f.put("a", fmt.Sprint(n))
	}
	r, err := f.s.room("demo")
	if err != nil {
		t.Fatal(err)
	}
	f.until(func() bool { _, any := r.feed.held(); return !any })
	if begin, size := r.feed.begin(), r.feed.size; begin != 20 || size != 0 {
		t.Errorf("memory begins behind %d and holds %d bytes", begin, size)
	}
	if f.oldest(20) != 0 {
		t.Error("the feed has lost what memory let go of")
	}
	f.put("a", "more")
	f.tells(20, `21 a {"id":"a","t":"more"} false`)
}

// A reader whose domain is closed meanwhile has not lost anything.
func TestAReaderIsToldThatTheDomainWasClosed(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	for n := range 10 {
		f.put("a", fmt.Sprint(n))
		f.reopen(feedOptions())
	}
	var last error
	seen := 0
	for _, err := range f.s.Changes(t.Context(), "demo", 0) {
		if last = err; seen == 0 {
			f.close()
		}
		seen++
	}
	if domain.CodeOf(last) != "e.store.closed" || seen > 3 {
		t.Errorf("%d changes, %v", seen, last)
	}
}

// A domain that was laid out anew does not go on with the feed of another one.
func TestTheFeedOfALaidOutDomainBeginsAnew(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	f.put("a", "1")
	f.put("a", "2")
	f.close()
	const far = 1 << 46
	dir := filepath.Join(f.top, "demo")
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	b, err := Build(dir)
	if err == nil {
		err = errors.Join(b.End(far), b.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	f.open(feedOptions())
	f.lost(0)
	f.lost(2)
	f.tells(far)
	f.put("a", "3")
	for range 2 {
		f.lost(2)
		f.lost(far - 1)
		f.tells(far, fmt.Sprintf(`%d a {"id":"a","t":"3"} true`, far+1))
		f.reopen(feedOptions())
	}
	if list := verify(t, f.top, false); len(list) > 0 || len(f.faults) > 0 || len(f.kept()) != 1 {
		t.Errorf("%v %v %v", list, f.faults, f.kept())
	}
}

// Without the journal's state what was cut long ago does not come back, what was not cut
// counts, and what was cut since the last segment was begun counts once more.
func TestALostStateBringsNothingBack(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	for _, id := range []string{"a", "b", "c"} {
		f.put(id, "1")
		f.reopen(feedOptions())
	}
	f.close()
	dir := filepath.Join(f.top, "demo")
	if err := os.RemoveAll(filepath.Join(dir, "set")); err != nil { // with all that was in it
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".domain/journal/state")); err != nil {
		t.Fatal(err)
	}
	if len(f.kept()) != 3 {
		t.Fatal(f.kept())
	}
	slow := feedOptions()
	slow.Settle, slow.Checkpoint = time.Hour, time.Hour
	f.open(slow)
	f.put("d", "1")
	f.put("d", "2")
	f.put("e", "1")
	f.delete("e")
	left := copyTree(t, f.top)
	f.close()
	if err := os.Remove(filepath.Join(left, "demo/.domain/journal/state")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	f.top = left
	f.open(slow)
	for id, there := range map[string]bool{"a": false, "b": false, "c": true, "d": true, "e": false} {
		if _, err := f.s.Get(t.Context(), "demo", "set", id); (err == nil) != there {
			t.Errorf("%s: %v", id, err)
		}
	}
	f.close()
	if list := verify(t, f.top, false); len(list) > 0 || len(f.faults) > 0 {
		t.Errorf("%v %v", list, f.faults)
	}
}

// Without the journal's state revisions go on behind those of the packs, and so
// does the feed; also after another restart.
func TestTheFeedGoesOnWithoutTheJournalsState(t *testing.T) {
	t.Parallel()
	f := newFed(t, feedOptions())
	for i := range 5 {
		f.put(fmt.Sprint("r", i), "x")
	}
	f.close()
	if err := os.Remove(filepath.Join(f.top, "demo", ".domain", "journal", "state")); err != nil {
		t.Fatal(err)
	}
	f.open(feedOptions())
	f.tells(5)
	f.tells(4, `5 r4 {"id":"r4","t":"x"} true`)
	f.put("r0", "y")
	f.tells(5, `6 r0 {"id":"r0","t":"y"} false`)
	f.reopen(feedOptions())
	f.tells(5, `6 r0 {"id":"r0","t":"y"} false`)
}
