package filestore

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// rounds is how often a test of crashes is done with other luck;
// CARYA_CRASH_ROUNDS asks for more.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("CARYA_CRASH_ROUNDS")); err == nil {
		return n
	}
	return few
}

// life is an engine over a folder with a disk that may end, and a model of what
// was acknowledged.
type life struct {
	*testing.T
	rnd  *rand.Rand
	top  string
	s    *Store
	disk *frailDisk

	sets  []string
	model map[string]string // set/id -> body
	maybe map[string]string // of the commit that was under way, "" deletes

	told [][]string // by revision less one: its writes as the feed tells them
	last []string   // of the commit that was under way

	short bool // the feed may have lost what is back some time
}

func newLife(t *testing.T, seed uint64) *life {
	l := &life{T: t, rnd: rand.New(rand.NewPCG(seed, 1)), top: t.TempDir(), sets: []string{"small", "large", ".domain/session/x"}, model: map[string]string{}}
	if err := os.Mkdir(filepath.Join(l.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	return l
}

// born opens the engine over the folder, on the disk as the life before has left
// it: what that one did not sync is not synced now.
func (l *life) born(end int) {
	l.Helper()
	if l.disk == nil {
		l.disk = newFrailDisk(l.top+"/demo", l.rnd)
	}
	l.disk.begin(end)
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(l.top, dom) }, Log: slog.New(slog.DiscardHandler), Disk: l.disk.hook,
		Settle: time.Duration(1+l.rnd.IntN(3)) * time.Millisecond, Checkpoint: time.Duration(1+l.rnd.IntN(20)) * time.Millisecond, Poll: time.Hour, CacheBytes: 2000,
		OnFault: func(_ string, f Fault) {
			if !l.disk.over() {
				l.Errorf("a fault that nobody made: %s", f)
			}
		},
	})
	if err != nil {
		l.Fatal(err)
	}
	s.full, s.deadMin, s.feedSegment, s.rest = 3000, 500, 200+l.rnd.Int64N(8000), time.Duration(1+l.rnd.IntN(20))*time.Millisecond
	l.s = s
}

func (l *life) define() error {
	defs := []thingset.Def{{Unique: [][]string{{"u"}}, Indexes: []string{"n"}}, {Loose: 8}, {Plain: true}}
	if l.rnd.IntN(4) == 0 {
		defs[1].Indexes = []string{"n"} // sometimes another definition
	}
	for i, set := range l.sets {
		if err := l.s.Define(context.Background(), "demo", set, defs[i]); err != nil {
			return err
		}
	}
	return nil
}

// live commits until the disk ends or enough was done.
func (l *life) live(n int) {
	if l.define() != nil {
		return
	}
	for range n {
		batch, after := l.batch()
		tells := l.tells(batch)
		rev, err := l.s.Commit(context.Background(), "demo", batch)
		switch {
		case err == nil:
			if len(tells) > 0 {
				l.told = append(l.told, tells)
			}
			if int(rev) != len(l.told) {
				l.Fatalf("revision %d after %d commits", rev, len(l.told))
			}
			maps.Copy(l.model, after)
		case l.disk.over():
			l.maybe, l.last = after, tells
			return
		case domain.CodeOf(err) != "e.thing.ukey.duplicated" && domain.CodeOf(err) != "e.store.write" && domain.CodeOf(err) != "e.store.unknown":
			l.Fatal(err)
		}
		if l.rnd.IntN(20) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// batch is some writes, and what they make of the model.
func (l *life) batch() (batch []thingset.Write, after map[string]string) {
	after = map[string]string{}
	for range 1 + l.rnd.IntN(4) {
		set, id := l.sets[l.rnd.IntN(len(l.sets))], fmt.Sprint("r", l.rnd.IntN(20))
		key := set + "/" + id
		if _, twice := after[key]; twice {
			continue
		}
		w := thingset.Write{Set: set, ID: id}
		if after[key] = ""; l.rnd.IntN(4) > 0 {
			after[key] = fmt.Sprintf(`{"id":%q,"u":"%s-%d","n":%d,"text":"%0*d"}`, id, id, l.rnd.IntN(3), l.rnd.IntN(1000), l.rnd.IntN(200), 7)
			w.Body = []byte(after[key])
		}
		batch = append(batch, w)
	}
	return batch, after
}

// check holds what is there against the model. The commit that was under way
// counts whole or not at all.
func (l *life) check() {
	l.Helper()
	if err := l.define(); err != nil {
		l.Fatalf("it does not open: %v", err)
	}
	there := map[string]string{}
	for _, set := range l.sets {
		for r, err := range l.s.Scan(context.Background(), "demo", set, thingset.Range{}) {
			if err != nil {
				l.Fatal(err)
			}
			there[set+"/"+r.ID] = string(r.Body)
		}
	}
	want := withoutGone(l.model)
	if l.maybe != nil && !maps.Equal(want, there) {
		with := maps.Clone(l.model)
		maps.Copy(with, l.maybe)
		if maps.Equal(withoutGone(with), there) {
			l.model, want = with, there
			l.told = append(l.told, l.last)
		}
	}
	if maps.Equal(want, there) {
		l.maybe = nil
		l.checkFeed()
		return
	}
	for key := range l.maybe {
		l.Logf("under way was %s: %q", key, l.maybe[key])
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if there[key] != want[key] {
			l.Errorf("%s is %q, acknowledged was %q", key, there[key], want[key])
		}
	}
	for key, body := range there {
		if _, ok := want[key]; !ok {
			l.Errorf("%s came back: %s", key, body)
		}
	}
	l.FailNow()
}

func withoutGone(m map[string]string) map[string]string {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(_, body string) bool { return body == "" })
	return m
}

// ownFiles holds the files that people see against the model, after a clean end.
func (l *life) ownFiles() {
	l.Helper()
	for key, body := range withoutGone(l.model) {
		set, id := filepath.Dir(key), filepath.Base(key)
		if set == "large" {
			continue
		}
		file := filepath.Join(l.top, "demo", set, "index", id+".json")
		if set != "small" {
			file = filepath.Join(l.top, "demo", set, id)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != string(recordText([]byte(body))) {
			l.Errorf("%s shows %q, %v", file, text, err)
		}
	}
	if list := verify(l.T, l.top, false); len(list) > 0 {
		l.Errorf("the doctor says %v", list)
	}
}

// Every acknowledged commit is there after the process has ended between any two
// changes to the disk, several times in a row.
func TestAcknowledgedCommitsSurviveAnEndAtAnyStep(t *testing.T) {
	t.Parallel()
	for seed := range rounds(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := newLife(t, uint64(seed))
			for range 4 {
				l.born(1 + l.rnd.IntN(400))
				l.live(60)
				l.disk.end()
				_ = l.s.Close() // it cannot do anything any more
				if list := verify(t, l.top, false); len(list) > 0 {
					t.Fatalf("the doctor says %v", list)
				}
				l.born(-1)
				l.check()
				if l.again() {
					l.born(-1)
					l.check()
				}
				if err := l.s.Close(); err != nil {
					t.Fatal(err)
				}
				l.ownFiles()
			}
		})
	}
}

// again has a life that follows a crash end in one too, now and then.
func (l *life) again() bool {
	if l.rnd.IntN(2) == 0 {
		return false
	}
	l.disk.endAfter(1 + l.rnd.IntN(200))
	l.live(60)
	l.disk.end()
	_ = l.s.Close()
	if l.short {
		l.powerCut()
	}
	return true
}

// powerCut goes on with a folder as a power cut may have left it.
func (l *life) powerCut() {
	l.Helper()
	l.top, l.short = l.disk.afterPowerCut(l.T), true
	l.disk = nil
}

// The same when the power fails: of what was not synced any part may be there.
func TestAcknowledgedCommitsSurviveAPowerCut(t *testing.T) {
	t.Parallel()
	for seed := range rounds(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := newLife(t, uint64(seed)+1000)
			for range 4 {
				l.born(1 + l.rnd.IntN(400))
				l.live(60)
				l.disk.end()
				_ = l.s.Close()
				l.powerCut()
				if list := verify(t, l.top, false); len(list) > 0 {
					t.Fatalf("the doctor says %v", list)
				}
				l.born(-1)
				l.check()
				if l.again() {
					l.born(-1)
					l.check()
				}
				if err := l.s.Close(); err != nil {
					t.Fatal(err)
				}
				l.ownFiles()
			}
		})
	}
}

// A disk that refuses now and then: what was told to have failed did not
// happen, and everything else did.
func TestARefusingDiskLosesNothing(t *testing.T) {
	t.Parallel()
	for seed := range rounds(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := newLife(t, uint64(seed)+2000)
			l.born(-1)
			l.disk.refuseEvery(3 + l.rnd.IntN(40))
			l.live(80)
			l.disk.refuseEvery(0)
			l.live(10)
			l.check()
			if err := l.s.Close(); err != nil {
				t.Fatal(err)
			}
			l.ownFiles()
			l.born(-1)
			l.check()
			if err := l.s.Close(); err != nil {
				t.Fatal(err)
			}
			l.ownFiles()
		})
	}
}
