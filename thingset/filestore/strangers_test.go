package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// strangers are packs that may lie in a set's folder and are not listed; each gives the
// texts that must not be lost.
var strangers = map[string]func(f *frail) (keep []string){
	"zeros": func(f *frail) []string { return f.lay(7, strings.Repeat("\x00", 3000), "") },
	"zeros without keys": func(f *frail) []string {
		keep := f.lay(7, strings.Repeat("\x00", 3000), "")
		removeAll(f.T, f.packFile(7, "keys"))
		return keep
	},
	"zeros among lines": func(f *frail) []string {
		return f.lay(7, "{\"id\":\"good\",\"n\":99,\"x\":1}\n"+strings.Repeat("\x00", 3000)+"\n", "")
	},
	"keys that are torn": func(f *frail) []string { return f.lay(7, "{\"id\":\"good\",\"n\":99,\"x\":1}\n", "keys") },
	"a copy under another number": func(f *frail) []string {
		var texts []string
		for _, ext := range []string{"jsonl", "keys"} {
			data, err := os.ReadFile(f.packFile(1, ext))
			if err != nil {
				f.Fatal(err)
			}
			texts = append(texts, string(data))
		}
		return f.lay(7, texts[0], texts[1])
	},
	"a copy that is cut off": func(f *frail) []string {
		f.layPack(7)
		for _, ext := range []string{"jsonl", "keys"} {
			if err := os.Truncate(f.packFile(7, ext), 30); err != nil {
				f.Fatal(err)
			}
		}
		return nil
	},
	"a copy with a damaged line": func(f *frail) []string {
		f.layPack(7)
		flip(f.T, f.packFile(7, "jsonl"), 2)
		data, err := os.ReadFile(f.packFile(7, "jsonl"))
		if err != nil {
			f.Fatal(err)
		}
		return []string{string(data)}
	},
}

// lay puts a pack into the set's folder.
func (f *frail) lay(n int, lines, keys string) []string {
	f.Helper()
	for ext, text := range map[string]string{"jsonl": lines, "keys": keys} {
		if err := os.WriteFile(f.packFile(n, ext), []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	f.disk.scanned()
	f.disk.syncAll()
	return []string{lines}
}

// Whatever lies in a set's folder under the name of a pack that is not listed: the set
// opens, all that can be read counts, what lay there is kept, and the doctor tells of it
// before and not after, whether it repairs or the set is opened.
func TestAStrangerClosesNoSet(t *testing.T) {
	t.Parallel()
	for name, lay := range strangers {
		for _, repair := range []bool{false, true} {
			f := newFrail(t)
			f.s.deadMin = 1 << 30
			f.put(0, 6, 0)
			f.rounds(1)
			f.put(1, 2, 500)
			f.drop(2)
			f.rounds(1)
			f.ended()
			keep := lay(f)
			if len(keep) > 0 && strings.Contains(keep[0], "good") {
				f.want["good"] = 99
			}
			if list := verify(t, f.top, false); len(list) == 0 {
				t.Errorf("%s: the doctor tells nothing", name)
			}
			if repair {
				if said := f.repaired(); !strings.Contains(said, "pack-7") {
					t.Errorf("%s: %s", name, said)
				}
			}
			for life := range 2 {
				f.holds(f.top)
				if list := verify(t, f.top, false); len(list) > 0 {
					t.Errorf("%s, life %d: %v", name, life, list)
				}
			}
			for _, text := range keep {
				if !has(t, filepath.Join(f.top, "demo"), []byte(text)) {
					t.Errorf("%s: it is not kept", name)
				}
			}
		}
	}
}

// A pack that was begun, of which a power cut has left a part, bars nothing when the state
// is lost.
func TestATornPackBarsNothingWithoutTheState(t *testing.T) {
	t.Parallel()
	for _, repair := range []bool{false, true} {
		f := newFrail(t)
		f.put(0, 6, 0)
		f.rounds(2)
		f.set().afloat.sealed = true
		f.put(6, 10, 0)
		f.settleOnly()
		f.ended()
		list := packsIn(t, f.top)
		n := list[len(list)-1].N
		for _, ext := range []string{"jsonl", "keys"} {
			fi, err := os.Stat(f.packFile(n, ext))
			if err == nil {
				err = os.Truncate(f.packFile(n, ext), fi.Size()*2/3)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(filepath.Join(f.top, "demo/.domain/journal/state")); err != nil {
			t.Fatal(err)
		}
		if list := verify(t, f.top, false); len(list) == 0 {
			t.Error("the doctor tells nothing")
		}
		if repair {
			f.repaired()
		}
		f.holds(f.top) // the journal has all of it
		if list := verify(t, f.top, false); len(list) > 0 {
			t.Error(list)
		}
	}
}
