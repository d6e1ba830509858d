package filestore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// holdsText reports whether some file of the set accounts has a text.
func (f *frail) holdsText(text string) bool {
	f.Helper()
	list, err := os.ReadDir(filepath.Join(f.top, "demo/accounts/index"))
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range list {
		if data, _ := os.ReadFile(filepath.Join(f.top, "demo/accounts/index", e.Name())); string(data) == text {
			return true
		}
	}
	return false
}

// A pack that somebody has put in the place of another one is not removed with it.
func TestAPackThatReplacedAnotherIsKept(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	const other = `{"id":"other"}` + "\n"
	name := filepath.Join(f.top, "demo/accounts/index/pack-1.jsonl")
	if err := os.WriteFile(name+"x", []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+"x", name); err != nil {
		t.Fatal(err)
	}
	f.set().looked = time.Time{}
	f.put(6, 7, 0)
	f.rounds(5)
	if n := f.set().packs[0].N; n == 1 {
		t.Fatal("it was not noticed")
	}
	if !f.holdsText(other) {
		t.Error("it was removed")
	}
	f.disk.end()
	_ = f.s.Close()
	f.holds(f.top)
}

// A pack that somebody has put beside the others is not written over when its number
// is that of the next one.
func TestAPackOfTheNextNumberIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"pack-%d.jsonl", "pack-%d.new.jsonl", ".pack-%d.jsonl", ".pack-%d.new.jsonl"} {
		f := newFrail(t)
		f.s.full = 1
		f.put(0, 6, 0)
		f.rounds(2)
		const other = `{"id":"other"}` + "\n"
		name := fmt.Sprintf(pattern, f.set().last+1)
		if err := os.WriteFile(filepath.Join(f.top, "demo/accounts/index", name), []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		f.put(6, 7, 0)
		f.rounds(3)
		if !f.holdsText(other) {
			t.Errorf("%s was written over", name)
		}
	}
}

// That the system cannot say whether a file has its name does not mean that it has
// lost it.
func TestWhatTheSystemCannotSayIsNoLoss(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 6, 0)
	f.rounds(2)
	n := f.set().packs[0].N
	f.disk.failWith(func(c disk.Call) (int, error) {
		if c.Op == disk.Stat && (isLines(c) || isKeys(c) || strings.HasSuffix(c.Name, ".log")) {
			return 0, syscall.EMFILE
		}
		return 0, nil
	})
	r, _ := f.s.room("demo")
	if r.journal.Lost() {
		t.Error("the journal is taken for lost")
	}
	f.put(6, 7, 0)
	f.set().looked = time.Time{}
	f.rounds(3)
	if len(f.set().strays)+len(f.set().dying) > 0 || f.set().packs[0].N != n {
		t.Error("all records were written anew")
	}
}

// Two packs of the same number are not taken for one.
func TestTwoPacksOfOneNumberAreDamage(t *testing.T) {
	t.Parallel()
	top := packedDomain(t, 20)
	dir := filepath.Join(top, "demo/accounts/index")
	other := packedDomain(t, 3)
	for _, ext := range []string{"jsonl", "keys"} {
		if err := os.Rename(filepath.Join(other, "demo/accounts/index/pack-1."+ext), filepath.Join(dir, ".pack-1."+ext)); err != nil {
			t.Fatal(err)
		}
	}
	before := picture(t, dir)
	s := lasting(t, top, time.Millisecond)
	defer s.Close()
	err := s.Define(t.Context(), "demo", "accounts", thingset.Def{Loose: -1, Unique: [][]string{{"n"}}})
	if err == nil || !strings.Contains(err.Error(), ".pack-1.jsonl") {
		t.Errorf("%v", err)
	}
	for _, repair := range []bool{false, true} {
		list := verify(t, top, repair)
		if len(list) != 1 || !strings.Contains(list[0].Msg.EN, ".pack-1.jsonl") || list[0].Repaired {
			t.Errorf("the doctor says %v", list)
		}
	}
	if picture(t, dir) != before {
		t.Error("files were changed")
	}
}

// A pack that is put aside does not count again, without its keys, when the process
// ends between the two names: its deletes would be forgotten. Nor is what is left of it
// damage.
func TestAPackThatIsHalfPutAsideDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".keys.kept", ".jsonl.kept"} {
		f := newFrail(t)
		f.put(0, 2, 0)
		f.rounds(2)
		if err := f.s.Close(); err != nil {
			t.Fatal(err)
		}
		f.layPack(7)
		f.s = f.open(f.top, f.disk.hook)
		f.endsAt(func(c disk.Call) bool { return c.Op == disk.Rename && strings.HasSuffix(c.Name, ext) })
		f.rounds(2)
		if !f.disk.over() {
			t.Fatal("it is not put aside")
		}
		_ = f.s.Close()
		f.holds(f.top)
		if list := verify(t, f.top, false); len(list) > 0 {
			t.Error(list)
		}
	}
}

// layPack puts a pack beside those of the set: of an older version of a record, and of
// one that is deleted.
func (f *frail) layPack(n int) {
	f.Helper()
	d, err := disk.Open(filepath.Join(f.top, "demo"), nil)
	if err != nil {
		f.Fatal(err)
	}
	defer d.Close()
	p, err := pack.Create(d, "accounts/index", n, false)
	if err != nil {
		f.Fatal(err)
	}
	defer p.Close()
	def := thingset.Def{Loose: -1, Unique: [][]string{{"n"}}}
	code, _ := json.Marshal(def)
	shape, b := rows.NewShape(def), p.Batch(0, 0)
	for _, id := range []string{"r000", "x"} {
		body := fmt.Appendf(nil, `{"id":%q,"n":777}`, id)
		b.Put(1, body, shape.AppendKeys(nil, id, body), rows.Stamp{})
	}
	b.Gone(2, "x")
	if err := p.Write(b, code, true); err != nil {
		f.Fatal(err)
	}
	f.disk.scanned()
	f.disk.syncAll()
}
