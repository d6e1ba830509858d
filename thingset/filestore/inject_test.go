package filestore

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Fault injection as SQLite has it (https://sqlite.org/testing.html, "I/O error
// testing"): a scripted workload runs again and again, and the n-th call to the
// system fails, once or from then on; then the work goes on, the process ends, the
// power fails, and what is there is held against the history of answers.

// injectEnv asks for the whole: every call, every kind of failure, several times.
// Without it a part of them is tried, which another run chooses anew.
const injectEnv = "CARYA_FAULTS"

// failure is a way in which a call fails.
type failure struct {
	name    string
	err     error
	short   bool // a write writes a part
	ops     []disk.Op
	forever bool
	again   bool // the next sync of what is no journal fails too
	folder  bool // from then on all calls in the same folder fail
}

var (
	changing = []disk.Op{disk.Create, disk.Mkdir, disk.Write, disk.Sync, disk.SyncAll, disk.Rename, disk.RenameNew, disk.Exchange, disk.Remove, disk.RemoveAll, disk.Cut}
	reading  = []disk.Op{disk.OpenOld, disk.Read, disk.Stat, disk.List}
)

func failures() (list []failure) {
	for _, forever := range []bool{false, true} {
		list = append(list,
			failure{name: "EIO", err: syscall.EIO, ops: append(slices.Clone(changing), reading...), forever: forever},
			failure{name: "ENOSPC", err: syscall.ENOSPC, ops: []disk.Op{disk.Create, disk.Mkdir, disk.Write, disk.Sync, disk.Rename, disk.RenameNew, disk.Exchange}, forever: forever},
			failure{name: "EMFILE", err: syscall.EMFILE, ops: []disk.Op{disk.Create, disk.OpenOld, disk.List}, forever: forever},
			failure{name: "EINTR", err: syscall.EINTR, ops: []disk.Op{disk.Sync, disk.SyncAll, disk.OpenOld}, forever: forever},
			failure{name: "short", err: syscall.ENOSPC, short: true, ops: []disk.Op{disk.Write}, forever: forever},
		)
	}
	return append(list,
		failure{name: "EIO, and the next sync", err: syscall.EIO, ops: append(slices.Clone(changing), reading...), again: true},
		failure{name: "ENOSPC in a folder", err: syscall.ENOSPC, ops: []disk.Op{disk.Create, disk.Mkdir, disk.Write, disk.Sync, disk.Rename, disk.RenameNew, disk.Exchange}, folder: true},
	)
}

// history is what was answered: the states that may be there after a restart. The
// first one is what readers see. A commit of which nobody knows makes two of each,
// until another one is acknowledged.
type history struct {
	states []map[string]string // set/id -> body
}

func (h *history) acknowledged(writes map[string]string) {
	h.states = h.states[:1]
	maps.Copy(h.states[0], writes)
}

func (h *history) unknown(writes map[string]string) {
	with := maps.Clone(h.states[0])
	maps.Copy(with, writes)
	h.states = append(h.states, with)
}

// script is one run of the workload with one failure.
type script struct {
	*testing.T
	rnd    *rand.Rand
	top    string
	s      *Store
	disk   *frailDisk
	tried  failure
	after  int // calls before the failure
	calls  int
	hit    disk.Call
	failed bool // the second call that was to fail did
	quiet  bool // the disk is well: everything has to succeed, and nobody is to be told of faults

	redefined bool // the set large has another definition
	byHand    bool // people copy a set into the domain and move packs away
	copied    bool // the set was copied
	aside     *besides

	history
	edited   map[string][]string // ids of small that a person edited: what they may be
	unsynced string              // a file that a person has not synced: it may be torn, which is told
}

func (x *script) hook(c disk.Call) (done int, err error) {
	x.calls++
	if x.calls <= x.after || x.calls > x.after+1 && !x.tried.forever && !x.second(c) && !x.near(c) || !slices.Contains(x.tried.ops, c.Op) {
		return 0, nil
	}
	if x.hit.Op == "" {
		x.hit = c
	}
	if x.tried.short {
		return x.rnd.IntN(c.N + 1), x.tried.err
	}
	return 0, x.tried.err
}

// second reports whether a call is the other one that fails.
func (x *script) second(c disk.Call) bool {
	if !x.tried.again || x.failed || c.Op != disk.Sync && c.Op != disk.SyncAll || strings.HasPrefix(c.Name, ".domain/journal") {
		return false
	}
	x.failed = true
	return true
}

// near reports whether a call is in the folder of the one that failed.
func (x *script) near(c disk.Call) bool {
	return x.tried.folder && x.hit.Op != "" && filepath.Dir(c.Name) == filepath.Dir(x.hit.Name)
}

// born opens the engine, with calls that may fail or on a disk that is well.
func (x *script) born(fails bool) {
	if x.disk == nil {
		x.disk = newFrailDisk(filepath.Join(x.top, "demo"), x.rnd)
	}
	x.disk.begin(-1)
	if x.quiet = !fails; fails {
		x.disk.failWith(x.hook)
	}
	d := x.disk
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(x.top, dom) }, Log: slog.New(slog.DiscardHandler), Disk: d.hook,
		Settle: 1, Checkpoint: 1, CacheBytes: -1,
		OnFault: func(dom string, f Fault) {
			if dom == besideDom {
				x.Errorf("%s: beside it a fault that nobody made: %s", x, f)
			}
			if x.unsynced != "" && strings.HasSuffix(f.File, x.unsynced) {
				return
			}
			if strings.Contains(f.String(), "edited by hand") && len(x.edited) > 0 {
				return // nobody knows after a crash what a person has seen
			}
			if x.copied && strings.Contains(f.String(), "kept as") && strings.Contains(f.File, "pack-") {
				return // what was copied is set aside
			}
			if x.quiet && !d.over() {
				x.Errorf("%s: a fault that nobody made: %s", x, f)
			}
		},
	})
	if err != nil {
		x.Fatal(err)
	}
	s.manual, s.full, s.deadMin, s.feedFiles, s.feedSegment, s.stepRows, s.carryLeast = true, 1500, 200, 3, 500, 2, 1
	x.s = s
	x.bornBeside()
}

func (x *script) String() string {
	s := fmt.Sprintf("call %d %s", x.after+1, x.tried.name)
	if x.tried.forever {
		s += " for ever"
	}
	return fmt.Sprintf("%s (%s %s)", s, x.hit.Op, x.hit.Name)
}

var scriptSets = []string{"small", "large", ".domain/session/x", "mid"}

func (x *script) define() error {
	defs := []thingset.Def{{Unique: [][]string{{"u"}}, Indexes: []string{"n"}}, {Loose: 4}, {Plain: true}, {Loose: 4}}
	if x.redefined {
		defs[1].Indexes = []string{"n"}
	}
	for i, set := range x.sets() {
		if err := x.s.Define(context.Background(), "demo", set, append(defs, copiedDef)[i]); err != nil {
			return err
		}
	}
	return nil
}

// read holds what readers see against what was acknowledged.
func (x *script) read() {
	if err := x.define(); err != nil {
		x.refused(err)
		return
	}
	there, err := x.there()
	if err != nil {
		x.refused(err)
		return
	}
	if want := withoutGone(x.states[0]); !x.same(there, want) {
		x.Fatalf("%s: readers see\n%v\nacknowledged was\n%v", x, there, want)
	}
}

func (x *script) there() (map[string]string, error) {
	there := map[string]string{}
	for _, set := range x.sets() {
		for r, err := range x.s.Scan(context.Background(), "demo", set, thingset.Range{}) {
			if err != nil {
				return nil, err
			}
			there[set+"/"+r.ID] = string(r.Body)
		}
	}
	return there, nil
}

// same compares states; a thing that a person has edited is as it was or as the
// person wrote it.
func (x *script) same(there, want map[string]string) bool {
	there, want = maps.Clone(there), maps.Clone(want)
	for key, texts := range x.edited {
		if got := there[key]; slices.Contains(texts, got) {
			delete(there, key)
			delete(want, key)
		}
	}
	return maps.Equal(there, want)
}

// kill ends the process: nothing of it reaches the disk any more.
func (x *script) kill() {
	x.disk.end()
	if x.aside != nil {
		x.aside.disk.end()
	}
	_ = x.s.Close()
}

func (x *script) powerCut() {
	x.top = x.disk.afterPowerCut(x.T)
	x.disk = nil
	x.powerCutBeside()
}

// check holds what is there after a restart against the history, settles which of
// the states it is, and goes on with some commits.
func (x *script) check(what string) {
	x.Helper()
	x.checkBeside(what)
	if err := x.define(); err != nil {
		x.Fatalf("%s: after %s it does not open: %v", x, what, err)
	}
	there, err := x.there()
	if err != nil {
		x.Fatalf("%s: after %s: %v", x, what, err)
	}
	for _, state := range x.states {
		if x.same(there, withoutGone(state)) {
			x.states, x.edited = []map[string]string{there}, map[string][]string{}
			return
		}
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(x.states[0])) {
		if want := x.states[0][key]; there[key] != want {
			fmt.Fprintf(&b, "%s is %q, acknowledged was %q\n", key, there[key], want)
		}
	}
	for key, body := range there {
		if x.states[0][key] == "" {
			fmt.Fprintf(&b, "%s came back: %s\n", key, body)
		}
	}
	x.Fatalf("%s: after %s, %d states:\n%s", x, what, len(x.states), &b)
}

// run is the whole story of one failure.
func (x *script) run() {
	x.states, x.edited = []map[string]string{{}}, map[string][]string{}
	x.born(true)
	x.work()
	x.kill()
	power := x.rnd.IntN(3) > 0
	if power {
		x.powerCut()
	}
	x.born(false)
	x.check("a kill, power cut: " + strconv.FormatBool(power))
	if x.rnd.IntN(4) == 0 { // who deletes what is not there is told the truth
		x.drop(scriptSets[x.rnd.IntN(len(scriptSets))], 1+x.rnd.IntN(9))
		x.kill()
		x.powerCut()
		x.born(false)
		x.check("a power cut after a delete")
	}
	x.put("small", 1, 9)
	if x.rnd.IntN(2) == 0 {
		x.round()
	}
	x.put("large", 1, 2)
	x.kill()
	x.powerCut()
	x.born(false)
	x.check("the second power cut")
	x.put("large", 3)
	x.round()
	x.ends()
}

// ends closes the engine and looks at all files.
func (x *script) ends() {
	if err := x.s.Close(); err != nil {
		x.Fatalf("%s: %v", x, err)
	}
	x.endsBeside()
	for _, f := range verify(x.T, x.top, false) {
		if x.unsynced == "" || !strings.HasSuffix(f.File, x.unsynced) {
			x.Fatalf("%s: the doctor says %v", x, f)
		}
	}
	for key, body := range withoutGone(x.states[0]) {
		if set, id := filepath.Dir(key), filepath.Base(key); set == "small" && id+".json" != x.unsynced {
			text, err := os.ReadFile(filepath.Join(x.top, "demo/small/index", id+".json"))
			if err != nil || gjson.Get(string(text), "@ugly").Raw != gjson.Get(body, "@ugly").Raw {
				x.Errorf("%s: %s shows %q, want %q, %v", x, key, text, body, err)
			}
		}
	}
}

// calls counts the calls of the workload on a disk that is well.
func calls(t *testing.T, byHand bool) (list []disk.Op) {
	x := newScript(t, failure{}, 1<<30, 1)
	x.byHand = byHand
	x.states, x.edited = []map[string]string{{}}, map[string][]string{}
	x.born(true)
	x.disk.failWith(func(c disk.Call) (int, error) {
		list = append(list, c.Op)
		return 0, nil
	})
	x.work()
	if err := x.s.Close(); err != nil {
		t.Fatal(err)
	}
	return list
}

// tempDir is a folder in memory where there is such a file system: the model says
// what is durable.
func tempDir(t *testing.T) string {
	if dir, err := os.MkdirTemp("/dev/shm", "carya-faults-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func newScript(t *testing.T, f failure, after int, seed uint64) *script {
	x := &script{T: t, rnd: rand.New(rand.NewPCG(seed, 77)), top: tempDir(t), tried: f, after: after, byHand: after%2 == 0}
	if err := os.Mkdir(filepath.Join(x.top, "demo"), 0o755); err != nil {
		t.Fatal(err)
	}
	if after%besideOne == 0 {
		x.beside()
	}
	return x
}

// Whichever call to the system fails, once or for ever: what was acknowledged is
// there after a kill and a power cut, and what was refused is not. Nor is another domain
// of the same engine, on a disk that is well, ever disturbed.
func TestWhicheverCallFailsNothingIsLost(t *testing.T) {
	t.Parallel()
	every := [][]disk.Op{calls(t, true), calls(t, false)} // of even and of odd calls
	share, seeds := 40, uint64(1)                         // one in so many of the failures
	if n, err := strconv.Atoi(os.Getenv(injectEnv)); err == nil {
		share, seeds = 1, uint64(n)
	}
	var jobs []func()
	run := 0
	pick := rand.IntN(share)
	for seed := range seeds {
		for _, f := range failures() {
			for n := range every[0] {
				ops := every[n%2]
				if run++; n >= len(ops) || !slices.Contains(f.ops, ops[n]) || run%share != pick {
					continue
				}
				jobs = append(jobs, func() {
					t.Run(fmt.Sprintf("%d/%s/%t/%d", seed, f.name, f.forever, n), func(t *testing.T) {
						newScript(t, f, n, seed*1e6+uint64(n)).run()
					})
				})
			}
		}
	}
	t.Logf("%d calls, %d failures tried", len(every[0]), len(jobs))
	each(jobs)
}

// each does jobs on all processors.
func each(jobs []func()) {
	var wg sync.WaitGroup
	queue := make(chan func())
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for job := range queue {
				job()
			}
		})
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	wg.Wait()
}
