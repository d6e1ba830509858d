package filestore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// harms are what a domain of two packs and a journal may suffer. Each keeps the bytes
// that must not be lost.
var harms = map[string]func(t *testing.T, dir string) (keep [][]byte){
	"a line": func(t *testing.T, dir string) [][]byte { return harm(t, dir, "accounts/index/pack-1.jsonl", 60) },
	"keys":   func(t *testing.T, dir string) [][]byte { return harm(t, dir, "accounts/index/pack-1.keys", 100) },
	"the keys of the last pack": func(t *testing.T, dir string) [][]byte {
		return harm(t, dir, lastPackOf(t, dir)+".keys", 100)
	},
	"two packs": func(t *testing.T, dir string) [][]byte {
		return append(harm(t, dir, "accounts/index/pack-1.jsonl", 60), harm(t, dir, lastPackOf(t, dir)+".jsonl", 60)...)
	},
	"no keys": func(t *testing.T, dir string) [][]byte {
		removeAll(t, filepath.Join(dir, "accounts/index/pack-1.keys"))
		return nil
	},
	"no lines": func(t *testing.T, dir string) [][]byte {
		removeAll(t, filepath.Join(dir, "accounts/index/pack-1.jsonl"))
		return nil
	},
	"no pack": func(t *testing.T, dir string) [][]byte {
		removeAll(t, filepath.Join(dir, "accounts/index/pack-1.*"))
		return nil
	},
	"the journal": func(t *testing.T, dir string) [][]byte {
		list, err := filepath.Glob(filepath.Join(dir, journal.Dir, "*.log"))
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		return harm(t, dir, journal.Dir+"/"+filepath.Base(list[len(list)-1]), 300)
	},
	"the state": func(t *testing.T, dir string) [][]byte {
		text := fmt.Appendf(nil, "{%d", rand.Int())
		if err := os.WriteFile(filepath.Join(dir, journal.StateFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return [][]byte{text}
	},
	"an own file": func(t *testing.T, dir string) [][]byte {
		text := []byte("{ no record")
		if err := os.WriteFile(filepath.Join(dir, "notes/index/n1.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return [][]byte{text}
	},
}

// harm changes a byte of a file and gives the file as it is then.
func harm(t *testing.T, dir, name string, at int) [][]byte {
	t.Helper()
	flip(t, filepath.Join(dir, name), at)
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{data}
}

// lastPackOf is the path of the last pack without its ending.
func lastPackOf(t *testing.T, dir string) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "accounts/index/pack-?.keys"))
	if err != nil || len(list) < 2 {
		t.Fatal(list, err)
	}
	return "accounts/index/" + strings.TrimSuffix(filepath.Base(list[len(list)-1]), ".keys")
}

// repairable is a domain with packs, a deleted record, records that are in the journal
// only, and a small set.
func repairable(t *testing.T) (top string) {
	t.Helper()
	f := newFrail(t)
	if err := f.s.Define(t.Context(), "demo", "notes", thingset.Def{}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.s.Commit(t.Context(), "demo", []thingset.Write{{Set: "notes", ID: "n1", Body: []byte(`{"id":"n1","n":1}`)}}); err != nil {
		t.Fatal(err)
	}
	f.s.full, f.s.deadMin = 4000, 1<<30
	f.put(0, 6, 0)
	f.rounds(2)
	f.put(0, 2, 1000)
	f.put(6, 12, 0)
	f.drop(5)
	f.rounds(2)
	f.s.o.Checkpoint = 1 << 60
	f.put(2, 3, 2000)
	f.drop(11)
	f.disk.end()
	_ = f.s.Close()
	return f.top
}

// repaired is what is in the sets after a repair; it is "" when they do not open.
func repaired(t *testing.T, top string) string {
	t.Helper()
	f := &frail{T: t}
	s := f.engine(top, nil)
	s.manual = true
	defer s.Close()
	var b strings.Builder
	for _, set := range []string{"accounts", "notes"} {
		def := thingset.Def{Unique: [][]string{{"n"}}}
		if set == "accounts" {
			def.Loose = -1
		}
		if err := s.Define(t.Context(), "demo", set, def); err != nil {
			return fmt.Sprint("does not open: ", err)
		}
		for r, err := range s.Scan(t.Context(), "demo", set, thingset.Range{}) {
			if err != nil {
				return fmt.Sprint("does not open: ", err)
			}
			fmt.Fprintf(&b, "%s %.30s\n", r.ID, r.Body)
		}
	}
	return b.String()
}

// has reports whether some file below a folder holds bytes.
func has(t *testing.T, dir string, data []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var is []byte
			is, err = os.ReadFile(name)
			found = found || bytes.Equal(is, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// brokenRepair is a repair that ends at one of its changes.
type brokenRepair struct {
	*testing.T
	disk *frailDisk
	end  int // the change
	how  int // a kill, a power cut, an error
}

// run gives the folder with what it has left.
func (b *brokenRepair) run(top string) string {
	b.disk = newFrailDisk(filepath.Join(top, "demo"), rand.New(rand.NewPCG(uint64(b.end), uint64(b.how))))
	if b.disk.begin(b.end); b.how == 2 {
		b.disk.begin(-1)
		left := b.end
		b.disk.failWith(func(c disk.Call) (int, error) {
			if c.Op.Changes() {
				if left--; left == -1 {
					return 0, syscall.EIO
				}
			}
			return 0, nil
		})
	}
	_ = verifyOn(filepath.Join(top, "demo"), b.disk.hook, true, func(Fault) {})
	if b.how == 1 {
		b.disk.end()
		return b.disk.afterPowerCut(b.T)
	}
	return top
}

// changes counts what a repair changes.
func changes(t *testing.T, top string) (n int) {
	t.Helper()
	err := verifyOn(filepath.Join(top, "demo"), func(c disk.Call) (int, error) {
		if c.Op.Changes() {
			n++
		}
		return c.N, nil
	}, true, func(Fault) {})
	if err != nil || n == 0 {
		t.Fatal("nothing is repaired", err)
	}
	return n
}

// A repair that ends at any change, by a kill, a power cut or an error, can be done
// again: then all is as after one that nothing came between, and what was damaged is
// kept.
func TestARepairThatEndsAtAnyPointCanBeDoneAgain(t *testing.T) {
	t.Parallel()
	whole := repairable(t)
	all := os.Getenv(injectEnv) != ""
	for name, hurt := range harms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := fastCopy(t, whole)
			hurt(t, filepath.Join(top, "demo"))
			n := changes(t, top)
			want := repaired(t, top)
			if strings.Contains(want, "does not open") {
				t.Fatal(want)
			}
			for run := range 3 * n {
				if !all && rand.IntN(6) > 0 {
					continue
				}
				top := fastCopy(t, whole)
				keep := hurt(t, filepath.Join(top, "demo"))
				b := &brokenRepair{T: t, end: run / 3, how: run % 3}
				top = b.run(top)
				verify(t, top, true)
				if list := verify(t, top, false); len(list) > 0 {
					t.Fatalf("%d: the doctor says %v", run, list)
				}
				if got := repaired(t, top); got != want {
					t.Fatalf("%d: there is\n%swant\n%s", run, got, want)
				}
				for _, data := range keep {
					if !has(t, filepath.Join(top, "demo"), data) {
						t.Fatalf("%d: what was damaged is not kept", run)
					}
				}
			}
		})
	}
}

// fastCopy is a copy of a domain in memory, where there is such a file system.
func fastCopy(t *testing.T, from string) (top string) {
	t.Helper()
	top = tempDir(t)
	if err := os.CopyFS(top, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return top
}

// Nothing that an earlier repair has kept is replaced by what a later one keeps.
func TestWhatEarlierRepairsHaveKeptStays(t *testing.T) {
	t.Parallel()
	for name, hurt := range harms {
		top := fastCopy(t, repairable(t))
		dir := filepath.Join(top, "demo")
		var all [][]byte
		for n := range 2 {
			if name == "the journal" && n > 0 || strings.HasPrefix(name, "no ") {
				break
			}
			all = append(all, hurt(t, dir)...)
			verify(t, top, true)
			for _, data := range all {
				if !has(t, dir, data) {
					t.Errorf("%s: after repair %d what was damaged is not kept", name, n+1)
				}
			}
		}
	}
}
