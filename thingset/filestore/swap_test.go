package filestore

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// desk is a set with own files whose rounds a test runs, with a person who does
// something at the very moment of a call.
type desk struct {
	*testing.T
	top string
	s   *Store
	r   *room

	mu   sync.Mutex
	told []string
	at   func(c disk.Call) bool
	do   func(c disk.Call) error
}

func newDesk(t *testing.T, def thingset.Def) *desk {
	d := &desk{T: t, top: t.TempDir()}
	if err := os.MkdirAll(d.top+"/demo/accounts/index", 0o755); err != nil {
		t.Fatal(err)
	}
	d.open(def)
	t.Cleanup(func() {
		if err := d.s.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) open(def thingset.Def) {
	d.Helper()
	s, err := Open(Options{
		Dir: func(dom string) string { return filepath.Join(d.top, dom) }, Settle: 1, Checkpoint: time.Hour, Poll: time.Hour, Log: slog.New(slog.DiscardHandler),
		Disk: d.hook,
		OnFault: func(_ string, f Fault) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = append(d.told, f.String())
		},
	})
	if err != nil {
		d.Fatal(err)
	}
	s.manual = true
	d.s = s
	if err := s.Define(d.Context(), "demo", "accounts", def); err != nil {
		d.Fatal(err)
	}
	d.r, _ = s.room("demo")
}

// hook has the person act once, before the call that was waited for.
func (d *desk) hook(c disk.Call) (int, error) {
	d.mu.Lock()
	do := d.do
	if d.at == nil || !d.at(c) {
		do = nil
	}
	if do != nil {
		d.at, d.do = nil, nil
	}
	d.mu.Unlock()
	if do != nil {
		return c.N, do(c)
	}
	return c.N, nil
}

func (d *desk) when(at func(c disk.Call) bool, do func(c disk.Call) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.do = at, do
}

// happened fails when the call that was waited for did not come.
func (d *desk) happened() {
	d.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at != nil {
		d.Fatal("the moment did not come")
	}
}

func (d *desk) put(id, members string) {
	d.Helper()
	w := thingset.Write{Set: "accounts", ID: id}
	if members != "" {
		w.Body = fmt.Appendf(nil, `{"id":%q%s}`, id, members)
	}
	if _, err := d.s.Commit(d.Context(), "demo", []thingset.Write{w}); err != nil {
		d.Fatal(err)
	}
}

// rounds has the engine do what waits, as if time had passed.
func (d *desk) rounds(n int) {
	for range n {
		d.r.edits.mu.Lock()
		for _, list := range d.r.edits.noted {
			for id, one := range list {
				list[id] = edit{last: one.last}
			}
		}
		d.r.edits.mu.Unlock()
		d.r.worker.round()
	}
}

func (d *desk) file(id string) string { return d.top + "/demo/accounts/index/" + id + ".json" }

func (d *desk) get(id string) string {
	rec, err := d.s.Get(d.Context(), "demo", "accounts", id)
	if err != nil {
		return "-"
	}
	return gjson.GetBytes(rec.Body, "n").Raw
}

// shows is the member n as a file has it.
func shows(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return "-"
	}
	return gjson.GetBytes(text, "n").Raw
}

// kept are the versions of a record that lie beside it.
func (d *desk) kept(id string) (list []string) {
	names, _ := filepath.Glob(d.top + "/demo/accounts/index/" + id + ".conflict-*.json")
	for _, name := range names {
		list = append(list, shows(name))
	}
	slices.Sort(list)
	return list
}

// tidy fails when something is left in the folder of temporary files.
func (d *desk) tidy() {
	d.Helper()
	names, _ := filepath.Glob(d.top + "/demo/" + tmpDir + "/*")
	if len(names) > 0 {
		d.Errorf("these are left: %v", names)
	}
}

// takesPlace reports whether a call gives a record's own file its name.
func takesPlace(c disk.Call) bool {
	return (c.Op == disk.Exchange || c.Op == disk.RenameNew || c.Op == disk.Rename) && c.Name == "accounts/index/a.json"
}

func inPlace(name string, n int) error {
	return os.WriteFile(name, fmt.Appendf(nil, `{"id":"a","n":%d}`, n), 0o600)
}

func byRename(name string, n int) error {
	if err := inPlace(name+"~", n); err != nil {
		return err
	}
	return os.Rename(name+"~", name)
}

// Whatever a person does to a record's own file between the engine's last look at it
// and the moment when a newer version gets its name counts, and nothing is lost.
func TestAnEditAtTheMomentOfAFlushCounts(t *testing.T) {
	t.Parallel()
	for how, save := range map[string]func(string, int) error{"in place": inPlace, "by rename": byRename} {
		for _, first := range []bool{false, true} {
			for _, plain := range []bool{false, true} {
				if plain && !first {
					continue // such a file system cannot tell
				}
				t.Run(fmt.Sprintf("%s, first %t, old system %t", how, first, plain), func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, thingset.Def{})
					if !first {
						d.put("a", `,"n":1`)
						d.rounds(1)
					}
					d.put("a", `,"n":2`)
					d.when(takesPlace, func(c disk.Call) error {
						if err := save(d.file("a"), 3); err != nil || !plain {
							return err
						}
						return syscall.EINVAL
					})
					d.rounds(1)
					d.happened()
					if got := shows(d.file("a")); got != "3" {
						t.Errorf("the file shows %s", got)
					}
					d.rounds(3)
					if got, kept := d.get("a"), d.kept("a"); got != "3" || !slices.Equal(kept, []string{"2"}) || shows(d.file("a")) != "3" {
						t.Errorf("it is %s, kept %v, the file shows %s", got, kept, shows(d.file("a")))
					}
					d.tidy()
				})
			}
		}
	}
}

// Two edits at that moment are both there: the last counts.
func TestTwoEditsAtTheMomentOfAFlush(t *testing.T) {
	t.Parallel()
	d := newDesk(t, thingset.Def{})
	d.put("a", `,"n":1`)
	d.rounds(1)
	d.put("a", `,"n":2`)
	d.when(takesPlace, func(disk.Call) error {
		d.when(takesPlace, func(disk.Call) error { return byRename(d.file("a"), 4) })
		return byRename(d.file("a"), 3)
	})
	d.rounds(1)
	d.happened()
	d.rounds(3)
	if got, kept := d.get("a"), d.kept("a"); got != "4" || !slices.Equal(kept, []string{"2", "3"}) {
		t.Errorf("it is %s, kept %v", got, kept)
	}
	d.tidy()
}

// Where the file system cannot exchange two files it is a rename.
func TestAFileSystemThatCannotExchange(t *testing.T) {
	t.Parallel()
	d := newDesk(t, thingset.Def{})
	for n, system := range []error{syscall.EINVAL, syscall.ENOSYS, syscall.EOPNOTSUPP} {
		d.put("a", fmt.Sprintf(`,"n":%d`, n))
		d.when(takesPlace, func(disk.Call) error { return system })
		d.rounds(1)
		d.happened()
		if got := shows(d.file("a")); got != fmt.Sprint(n) {
			t.Errorf("%v: the file shows %s", system, got)
		}
	}
	d.tidy()
	if len(d.told) > 0 {
		t.Error(d.told)
	}
}

// Who has the file open since before a flush, and writes to it afterwards, is heard.
func TestAnEditThroughAnOpenFileCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, thingset.Def{})
	d.put("a", `,"n":1`)
	d.rounds(1)
	f, err := os.OpenFile(d.file("a"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.put("a", `,"n":2`)
	d.rounds(2)
	if got := shows(d.file("a")); got != "2" {
		t.Errorf("the file shows %s", got)
	}
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(`{"id":"a","n":3}`), 0); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d.rounds(3)
	if got, kept := d.get("a"), d.kept("a"); got != "3" || !slices.Equal(kept, []string{"2"}) {
		t.Errorf("it is %s, kept %v", got, kept)
	}
	d.tidy()
}

// An edit at the moment when the file is to go brings the record back.
func TestAnEditAtTheMomentOfARemovalCounts(t *testing.T) {
	t.Parallel()
	for how, save := range map[string]func(string, int) error{"in place": inPlace, "by rename": byRename} {
		for _, grows := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the set grows %t", how, grows), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, thingset.Def{Loose: 2})
				d.put("a", `,"n":1`)
				d.rounds(1)
				if grows {
					d.put("b", `,"n":1`)
					d.put("c", `,"n":1`)
				} else {
					d.put("a", "")
				}
				d.when(func(c disk.Call) bool {
					return c.Op == disk.Remove && c.Name == "accounts/index/a.json" || c.Op == disk.Rename && c.From == "accounts/index/a.json"
				}, func(disk.Call) error { return save(d.file("a"), 3) })
				d.rounds(1)
				d.happened()
				if got := shows(d.file("a")); got != "3" {
					t.Errorf("the file shows %s", got)
				}
				d.rounds(3)
				if got, kept := d.get("a"), d.kept("a"); got != "3" || len(kept) > 0 {
					t.Errorf("it is %s, kept %v", got, kept)
				}
				d.tidy()
			})
		}
	}
}

// What a kill leaves between the moment when an edit was swapped out and the next step
// is still the person's.
func TestAKillWhileAnEditLiesAside(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprint("deleted ", gone), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, thingset.Def{})
			d.put("a", `,"n":1`)
			d.rounds(1)
			left := &desk{T: t}
			moment := takesPlace
			if d.put("a", `,"n":2`); gone {
				d.put("a", "")
				moment = isTakenAway
			}
			d.when(moment, func(disk.Call) error {
				d.when(func(c disk.Call) bool { return strings.HasPrefix(c.Name, tmpDir+"/") }, func(disk.Call) error {
					left.top = copyTree(t, d.top)
					return nil
				})
				return byRename(d.file("a"), 3)
			})
			d.rounds(1)
			d.happened()
			left.open(thingset.Def{})
			left.rounds(3)
			want := []string{"2"}
			if gone {
				want = nil
			}
			if got, kept := left.get("a"), left.kept("a"); got != "3" || !slices.Equal(kept, want) {
				t.Errorf("it is %s, kept %v, told %q", got, kept, left.told)
			}
			left.tidy()
			if err := left.s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Who removes a file that shows the version before deletes the record when the system
// has merely noted something on it since; when it was changed the record comes back,
// and that is told.
func TestARemovalBesideACommit(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		for _, when := range []string{"before", "while", "at the moment"} {
			t.Run(fmt.Sprintf("changed %t, removed %s", changed, when), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, thingset.Def{})
				d.put("a", `,"n":1,"lm":100`)
				d.rounds(2)
				lm := 100
				if changed {
					lm = 200
				}
				remove := func(disk.Call) error { return os.Remove(d.file("a")) }
				switch d.put("a", fmt.Sprintf(`,"n":2,"lm":%d`, lm)); when {
				case "before":
					if err := remove(disk.Call{}); err != nil {
						t.Fatal(err)
					}
				case "while":
					d.when(func(c disk.Call) bool { return strings.HasPrefix(filepath.Base(c.Name), ".pack-") }, remove)
				default:
					d.when(takesPlace, remove)
				}
				d.rounds(4)
				d.happened()
				want, told := "-", 0
				if changed {
					want, told = "2", 1
				}
				if got := d.get("a"); got != want || shows(d.file("a")) != want {
					t.Errorf("it is %s, its file shows %s", got, shows(d.file("a")))
				}
				if len(d.told) != told || changed && !strings.Contains(d.told[0], "a.json: removed by hand while it was changed otherwise: it came back") {
					t.Errorf("told %q", d.told)
				}
				d.tidy()
			})
		}
	}
}

// An edit is looked at in time however often a record is flushed, or its file is saved,
// meanwhile.
func TestAnEditIsLookedAtThoughTheRecordKeepsChanging(t *testing.T) {
	t.Parallel()
	d := newDesk(t, thingset.Def{})
	d.put("a", `,"n":1`)
	d.rounds(2)
	if err := inPlace(d.file("a"), 100); err != nil {
		t.Fatal(err)
	}
	set := d.r.loaded()[0]
	due := func() time.Time {
		d.r.edits.mu.Lock()
		defer d.r.edits.mu.Unlock()
		return d.r.edits.noted[set]["a"].at
	}
	d.put("a", `,"n":2`)
	d.r.busy.Lock() // as a round does, but for its look
	_ = d.r.settle()
	first := due()
	d.r.busy.Unlock()
	if first.IsZero() {
		t.Fatal("the edit was not noticed")
	}
	for n := range 3 {
		d.put("a", fmt.Sprintf(`,"n":%d`, n))
		d.r.busy.Lock()
		_ = d.r.settle()
		d.r.busy.Unlock()
		if at := due(); !at.Equal(first) {
			t.Fatalf("flush %d has put the look off by %v", n, at.Sub(first))
		}
	}
	for range 100 {
		d.r.edits.told(set, "a.json")
		time.Sleep(editLongest / 50)
	}
	if at := due(); at.Sub(first) > 2*editLongest {
		t.Errorf("saving has put the look off by %v", at.Sub(first))
	}
}
