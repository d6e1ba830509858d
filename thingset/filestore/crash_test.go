package filestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
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

// born opens the engine over the folder.
func (l *life) born(end int) {
	l.Helper()
	l.disk = newFrailDisk(l.top+"/demo", end, l.rnd)
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
	s.full, s.deadMin, s.feedFiles, s.rest = 3000, 500, 2+l.rnd.IntN(4), time.Duration(1+l.rnd.IntN(20))*time.Millisecond
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
		case domain.CodeOf(err) != "e.thing.ukey.duplicated" && domain.CodeOf(err) != "e.store.write":
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
		l.top = l.disk.afterPowerCut(l.T)
	}
	return true
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
				l.top, l.short = l.disk.afterPowerCut(t), true
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

// frailDisk counts the changes to a disk and ends it after so many. It knows
// what was synced.
type frailDisk struct {
	dir string

	mu     sync.Mutex
	rnd    *rand.Rand
	left   int // changes until the end; negative: never
	dead   bool
	refuse int
	n      int
	files  map[node][]byte            // content, as synced
	gone   map[node][]byte            // content of what was removed or replaced
	names  map[string]map[string]node // by folder, as synced
	uses   map[uint64]int             // how often an inode was given back
	coins  map[node]bool
	swaps  map[string]bool // paths that got their file by a rename over another one
}

// node is a file, whatever it is called: the number of an inode is used again.
type node struct {
	inode uint64
	use   int
}

func newFrailDisk(dir string, left int, rnd *rand.Rand) *frailDisk {
	f := &frailDisk{dir: dir, left: left, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 2)), files: map[node][]byte{}, gone: map[node][]byte{}, names: map[string]map[string]node{}, uses: map[uint64]int{}, coins: map[node]bool{}, swaps: map[string]bool{}}
	f.syncAll()
	return f
}

var errEnded, errRefused = errors.New("the disk has ended"), error(syscall.ENOSPC)

func (f *frailDisk) hook(op disk.Op, name string, n int) (done int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 {
		f.dead = true
	}
	if f.dead {
		return 0, errEnded
	}
	f.left--
	if f.n++; f.refuse > 0 && f.rnd.IntN(f.refuse) == 0 {
		return f.rnd.IntN(n + 1), errRefused
	}
	if f.left == 0 && op == disk.Write {
		f.dead = true
		return f.rnd.IntN(n + 1), errEnded
	}
	f.note(op, name)
	return 0, nil
}

// note keeps what a change makes safe or takes away.
func (f *frailDisk) note(op disk.Op, name string) {
	path := filepath.Join(f.dir, name)
	switch op {
	case disk.Sync:
		if fi, err := os.Stat(path); err == nil && fi.IsDir() {
			if name == "." {
				f.syncAll()
				return
			}
			f.syncNames(path)
		} else if err == nil {
			f.files[f.node(fi)], _ = os.ReadFile(path)
		}
	case disk.Rename, disk.Remove:
		fi, err := os.Stat(path)
		f.swaps[path] = op == disk.Rename && err == nil
		if err == nil {
			f.gone[f.node(fi)], _ = os.ReadFile(path)
			f.uses[f.node(fi).inode]++
		}
	}
}

func (f *frailDisk) node(fi os.FileInfo) node {
	ino := fi.Sys().(*syscall.Stat_t).Ino
	return node{ino, f.uses[ino]}
}

func (f *frailDisk) syncAll() {
	_ = filepath.WalkDir(f.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return nil // it went just now
		}
		if e.IsDir() {
			f.syncNames(path)
		} else if fi, err := e.Info(); err == nil {
			f.files[f.node(fi)], _ = os.ReadFile(path)
		}
		return nil
	})
}

func (f *frailDisk) syncNames(dir string) {
	f.names[dir] = map[string]node{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && !e.IsDir() {
			f.names[dir][e.Name()] = f.node(fi)
		}
	}
}

func (f *frailDisk) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

func (f *frailDisk) endAfter(changes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = changes
}

func (f *frailDisk) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

func (f *frailDisk) refuseEvery(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = n
}

// afterPowerCut makes a folder as a disk may be found: of each name, and of each
// file's content, what was synced or what is there.
func (f *frailDisk) afterPowerCut(t *testing.T) (top string) {
	t.Helper()
	top = t.TempDir()
	err := filepath.WalkDir(f.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(f.dir, path)
		to := filepath.Join(top, "demo", rel)
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		return f.folder(path, to)
	})
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// folder makes one folder. A file that was renamed has its old name or its new
// one, and a name that it was renamed over is that of one of the two, as file
// systems with a journal see to.
func (f *frailDisk) folder(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	found := map[string]node{}
	now := map[string]node{}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil {
			now[e.Name()] = f.node(fi)
		}
	}
	for name, n := range f.names[from] {
		if is, ok := now[name]; ok && is != n && f.swaps[filepath.Join(from, name)] {
			n, is = is, n // one of them has the name: a rename is seen or not
			if !f.moved(n) {
				found[name] = is
			}
		} else if !f.moved(n) {
			found[name] = n
		}
	}
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil || e.IsDir() {
			continue
		}
		n := f.node(fi)
		if f.gone[n], err = os.ReadFile(filepath.Join(from, e.Name())); err == nil && (f.moved(n) || f.names[from][e.Name()] == n) {
			found[e.Name()] = n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if err := os.WriteFile(filepath.Join(to, name), f.content(found[name]), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// moved says whether what happened to a file's names is seen.
func (f *frailDisk) moved(n node) bool {
	if _, ok := f.coins[n]; !ok {
		f.coins[n] = f.rnd.IntN(2) == 0
	}
	return f.coins[n]
}

// content is a file as it may be found: as synced, as it was, or with a part
// of what was appended and some blocks of what was written over.
func (f *frailDisk) content(ino node) []byte {
	synced, now := f.files[ino], f.gone[ino]
	switch f.rnd.IntN(3) {
	case 0:
		return synced
	case 1:
		return now
	}
	if len(now) < len(synced) {
		return synced
	}
	mixed := slices.Clone(now[:len(synced)+f.rnd.IntN(len(now)-len(synced)+1)])
	for at := 0; at < len(synced); at += blockSize {
		if f.rnd.IntN(2) == 0 {
			copy(mixed[at:], synced[at:min(at+blockSize, len(synced))])
		}
	}
	return mixed
}

// blockSize is what a disk writes whole, in bytes.
const blockSize = 512
