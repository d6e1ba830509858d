package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

func newDisk(t *testing.T, hook disk.Hook) (*disk.Disk, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "set"), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := disk.Open(dir, hook)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, dir
}

// fill appends batches of two puts, one gone and one own state.
func fill(t *testing.T, p *Pack, from, batches int) {
	t.Helper()
	for i := from; i < from+batches; i++ {
		b := p.Batch(0, 0)
		for k := range 2 {
			own := rows.Stamp{}
			if k == 1 {
				own = rows.Stamp{Inode: 7, Time: 1 << 60, Size: 9, Sum: 5}
			}
			b.Put(9, fmt.Appendf(nil, `{"id":"r%d-%d"}`, i, k), rows.Keys(fmt.Sprintf("keys%d-%d", i, k)), own)
		}
		b.Gone(8, fmt.Sprint("g", i))
		b.Own(fmt.Sprint("o", i), rows.Stamp{Size: 3})
		if err := p.Write(b, fmt.Appendf(nil, "def%d", i/2), i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
}

// all of the key file has to be good.
const all = -1

// list reads a pack's entries as text, each line checked.
func list(t *testing.T, p *Pack, must int64) (out []string, err error) {
	t.Helper()
	if must == all {
		fi, err := p.d.Lstat(p.KeyFile())
		if err != nil {
			t.Fatal(err)
		}
		must = fi.Size()
	}
	err = p.Read(must, &Scratch{}, func(e Entry) error {
		s := fmt.Sprintf("%c %s%s %s %d", e.Kind, e.ID, e.Keys, e.Def, e.Stamp.Size)
		if e.Keys != nil {
			line := make([]byte, e.Line.Size)
			if _, err := p.Data.ReadAt(line, int64(e.Line.Offset)); err != nil || !bytes.Contains(line, e.Keys[4:]) {
				t.Errorf("the line of %s is %q, %v", e.Keys, line, err)
			}
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

func reopen(t *testing.T, d *disk.Disk) *Pack {
	t.Helper()
	names, err := d.Names("set")
	if err != nil {
		t.Fatal(err)
	}
	packs := Names(names)
	if len(packs) != 1 {
		t.Fatalf("packs %+v", packs)
	}
	p, err := Open(d, "set", packs[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestPackHoldsWhatWasWritten(t *testing.T) {
	t.Parallel()
	d, _ := newDisk(t, nil)
	p, err := Create(d, "set", 3, true)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, p, 0, 3)
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = reopen(t, d)
	got, err := list(t, p, all)
	if err != nil || len(got) != 12 || got[0] != "p keys0-0 def0 0" || got[1] != "P keys0-1 def0 9" || got[2] != "g g0 def0 0" || got[11] != "s o2 def1 3" {
		t.Fatalf("%q %v", got, err)
	}
	fill(t, p, 3, 1)
	p.Close()
	if got, err := list(t, reopen(t, d), all); err != nil || len(got) != 16 {
		t.Errorf("%q %v", got, err)
	}
}

func TestTornEndOfKeysDoesNotCountAndDamageDoes(t *testing.T) {
	t.Parallel()
	d, dir := newDisk(t, nil)
	p, err := Create(d, "set", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, p, 0, 1)
	synced := p.Keyed()
	fill(t, p, 1, 2)
	p.Close()
	file := filepath.Join(dir, "set", "pack-1.keys")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := slices.Clone(whole)
		bad[i] ^= 1
		for _, data := range [][]byte{whole[:i], bad} {
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := list(t, reopen(t, d), synced)
			if want := map[bool]string{true: "e.store.damaged"}[int64(i) < synced]; domain.CodeOf(err) != want {
				t.Fatalf("byte %d of %d synced: %v", i, synced, err)
			}
			if err := os.WriteFile(file, data, 0o600); err != nil { // a torn end was cut off
				t.Fatal(err)
			}
			_, err = list(t, reopen(t, d), all)
			if !bytes.Equal(data, whole[:i]) && domain.CodeOf(err) != "e.store.damaged" {
				t.Fatalf("byte %d of a full pack: %v", i, err)
			}
		}
	}
}

// TestFailedWriteLeavesThePackAsItWas makes each step of a write fail.
func TestFailedWriteLeavesThePackAsItWas(t *testing.T) {
	t.Parallel()
	for fail := range 4 {
		steps := 0
		armed := false
		d, _ := newDisk(t, func(c disk.Call) (int, error) {
			if armed && c.Op.Changes() {
				if steps++; steps == fail+1 {
					return c.N / 2, syscall.ENOSPC
				}
			}
			return c.N, nil
		})
		p, err := Create(d, "set", 1, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, p, 0, 1)
		armed = true
		b := p.Batch(0, 0)
		b.Put(1, []byte("{}"), rows.Keys("keys"), rows.Stamp{})
		if err := p.Write(b, []byte("other"), true); (err == nil) != (fail == 3) {
			t.Fatalf("step %d: %v", fail, err)
		}
		armed = false
		fill(t, p, 1, 1)
		p.Close()
		if got, err := list(t, reopen(t, d), all); err != nil || len(got) != 8+fail/3 {
			t.Errorf("step %d: %q %v", fail, got, err)
		}
	}
}

// TestRemovalCanStopAnywhere lets each step of a removal be the last.
func TestRemovalCanStopAnywhere(t *testing.T) {
	t.Parallel()
	for stop := range 4 {
		steps := 0
		armed := false
		d, _ := newDisk(t, func(c disk.Call) (int, error) {
			if armed && c.Op.Changes() {
				if steps++; steps > stop {
					return 0, syscall.EIO
				}
			}
			return c.N, nil
		})
		p, err := Create(d, "set", 1, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, p, 0, 1)
		armed = true
		err = p.Remove()
		armed = false
		p.Close()
		names, _ := d.Names("set")
		left := Names(names)
		switch {
		case err == nil && len(left) == 0:
		case err != nil && len(left) == 1 && left[0].Lines != "":
			if err := Forget(d, "set", 1); err != nil {
				t.Fatal(err)
			}
			if names, _ := d.Names("set"); len(names) > 0 {
				t.Errorf("stop %d: left after another: %q", stop, names)
			}
		default:
			t.Errorf("stop %d: %v, left %q", stop, err, names)
		}
	}
}

func TestNamesOfPacks(t *testing.T) {
	t.Parallel()
	got := Names(strings.Fields("a.json pack-2.jsonl pack-2.keys .pack-1.jsonl pack-1.keys pack-x.jsonl pack-03.keys .pack-7.gone pack-7.jsonl thing.json pack-1.json pack-9.new.keys .pack-9.new.jsonl pack-8.new.gone .pack-5.new.jsonl pack-5.jsonl .pack-10.keys pack-10.keys pack-10.jsonl"))
	want := []Name{
		{N: 1, Lines: ".pack-1.jsonl", Keys: "pack-1.keys"},
		{N: 2, Lines: "pack-2.jsonl", Keys: "pack-2.keys"},
		{N: 5, Lines: ".pack-5.new.jsonl", Twice: [2]string{".pack-5.new.jsonl", "pack-5.jsonl"}},
		{N: 7, Lines: "pack-7.jsonl", Going: true},
		{N: 9, Lines: ".pack-9.new.jsonl", Keys: "pack-9.new.keys"},
		{N: 10, Lines: "pack-10.jsonl", Keys: "pack-10.keys"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if IsFile("pack-1.json") || !IsFile(".pack-7.gone") {
		t.Error("a record's file was taken for a pack's")
	}
}

// What one view shows is not in another when the entries were taken back, or the
// line was mended, meanwhile.
func TestAProblemIsThereOnlyAsLongAsItsEntryCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := disk.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p, err := Create(d, ".", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	shape := rows.NewShape(thingset.Def{})
	var ends []int64
	for _, id := range []string{"a", "b", "c"} {
		body := []byte(`{"id":"` + id + `"}`)
		b := p.Batch(0, 0)
		b.Put(1, body, shape.AppendKeys(nil, id, body), rows.Stamp{})
		if err := p.Write(b, []byte("{}"), false); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, p.Keyed())
	}
	look := func() *View {
		t.Helper()
		v, err := p.Look(d, &Scratch{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Close)
		return v
	}
	old := look()
	if _, err := p.Data.WriteAt([]byte("x"), 14); err != nil {
		t.Fatal(err)
	}
	var list []Problem
	good := 0
	if err := old.Inspect(func(Entry) { good++ }, func(p Problem) { list = append(list, p) }); err != nil || len(list) != 1 || good != 2 {
		t.Fatal(list, good, err)
	}
	if !look().Still(list[0]) {
		t.Error("it is there still")
	}
	if err := p.Retreat(ends[1]); err != nil {
		t.Fatal(err)
	}
	if !look().Still(list[0]) {
		t.Error("it is there though what is behind it was taken back")
	}
	if _, err := p.Data.WriteAt([]byte("d"), 14); err != nil {
		t.Fatal(err)
	}
	if look().Still(list[0]) {
		t.Error("it was mended")
	}
	if _, err := p.Data.WriteAt([]byte("x"), 14); err != nil {
		t.Fatal(err)
	}
	if err := p.Retreat(ends[0]); err != nil {
		t.Fatal(err)
	}
	if look().Still(list[0]) {
		t.Error("its entry was taken back")
	}
}

// A pack that cannot be put aside is not written over.
func TestAPackThatCannotBePutAsideIsNotRebuilt(t *testing.T) {
	t.Parallel()
	refuse := false
	d, dir := newDisk(t, func(c disk.Call) (int, error) {
		if refuse && c.Op == disk.Rename {
			return 0, syscall.EIO
		}
		return c.N, nil
	})
	p, err := Create(d, "set", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, p, 0, 3)
	p.Close()
	read := func() string {
		lines, err := os.ReadFile(filepath.Join(dir, p.DataFile()))
		if err != nil {
			t.Fatal(err)
		}
		return string(lines)
	}
	before := read()
	v, err := Look(d, "set", Name{N: 1, Lines: "pack-1.jsonl", Keys: "pack-1.keys"}, All, &Scratch{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	refuse = true
	if _, err := v.Rebuild(d, Further{Def: []byte("def")}); err == nil {
		t.Error("a rename failed and nobody was told")
	}
	if after := read(); after != before {
		t.Errorf("%d bytes of %d are left", len(after), len(before))
	}
}

// What is there of a pack under any name is not written over, and it is read by that.
func TestAPackIsFoundByAnyName(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{
		{"pack-1.jsonl", "pack-1.keys"}, {".pack-1.jsonl", ".pack-1.keys"}, {".pack-1.new.jsonl", ".pack-1.new.keys"}, {".pack-1.jsonl", "pack-1.new.keys"},
	} {
		d, _ := newDisk(t, nil)
		p, err := Create(d, "set", 1, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, p, 0, 1)
		p.Close()
		if _, err := Create(d, "set", 1, false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("it was begun twice: %v", err)
		}
		if err := errors.Join(d.Rename(p.DataFile(), "set/"+names[0]), d.Rename(p.KeyFile(), "set/"+names[1])); err != nil {
			t.Fatal(err)
		}
		if got, err := list(t, reopen(t, d), all); err != nil || len(got) != 4 {
			t.Errorf("%q: %q %v", names, got, err)
		}
		if taken, err := Taken(d, "set", 1); !taken || err != nil {
			t.Errorf("%q: its number is free, %v", names, err)
		}
		if err := Forget(d, "set", 1); err != nil {
			t.Fatal(err)
		}
		if left, _ := d.Names("set"); len(left) > 0 {
			t.Errorf("%q: left is %q", names, left)
		}
	}
}
