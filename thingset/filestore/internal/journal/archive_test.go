package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// What was cut does not matter to what counts, also in the same segment: damage in it
// is told, makes the feed shorter, and can be mended.
func TestDamageInWhatWasCutOnlyShortensTheFeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := disk.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	j, err := Open(d, Retention{Bytes: 1 << 20})
	if err == nil {
		err = add(j, 2)
	}
	if err == nil {
		err = j.Cut(2, 0, nil, func(*Segment) { t.Error("it is open") })
	}
	if err != nil {
		t.Fatal(err)
	}
	cut := int(j.open().size)
	for range 3 {
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
	}
	last := int(j.open().size)
	j.Close()
	file := filepath.Join(dir, SegmentFile(1))
	whole, err := os.ReadFile(file)
	if err != nil || len(whole) < last || last < cut+1000 {
		t.Fatal(len(whole), err)
	}
	for i := 0; i < last-500; i += 37 {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x10
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, v, err := open(t, dir, nil)
		if i >= cut {
			if domain.CodeOf(err) != "e.store.damaged" {
				t.Fatalf("byte %d: %v", i, err)
			}
			continue
		}
		if err != nil || v.commits() != 3 {
			t.Fatalf("byte %d: %v, %q", i, err, v.list)
		}
		mends(t, d, i)
		if _, v, err := open(t, dir, nil); err != nil || v.commits() != 3 {
			t.Fatalf("byte %d, mended: %v, %q", i, err, v.list)
		}
	}
}

// What stands on both sides of the cut point is told apart, also when all between two good
// frames is damaged.
func TestDamageAcrossACutIsToldAsBoth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := disk.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	j, err := Open(d, Retention{Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var cut int64
	for n := range 4 {
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			cut = j.open().size
			if err := j.Cut(2, 0, nil, func(*Segment) {}); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := filepath.Join(dir, SegmentFile(1))
	bad, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copy(bad[cut-50:cut+50], bytes.Repeat([]byte{7}, 100))
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := Damage(d)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	live, err := j.Look(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, faults := range [][]Fault{list[0].Faults, live} {
		if len(faults) != 2 || !strings.Contains(faults[0].What.EN, "feed") || strings.Contains(faults[1].What.EN, "feed") || faults[1].Offset != cut {
			t.Errorf("%v", faults)
		}
	}
	if err := list[0].Mend(d, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if _, v := mustOpen(t, dir, nil); v.commits() != 1 {
		t.Errorf("%q", v.list)
	}
}

// mends holds that there is damage to the feed, which can be mended.
func mends(t *testing.T, d *disk.Disk, i int) {
	t.Helper()
	list, err := Damage(d)
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Faults[0].What.EN, "the feed begins behind it") {
		t.Fatalf("byte %d: %v, %v", i, list, err)
	}
	if err := list[0].Mend(d, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if list, err := Damage(d); err != nil || len(list) > 0 {
		t.Fatalf("byte %d, mended: %v, %v", i, list, err)
	}
}

// A state that is lost at any moment is made good by what the last segment says:
// nothing is missing, and what was cut before that segment does not count.
func TestTheLastSegmentMakesALostStateGood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := disk.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	j, err := Open(d, Retention{Bytes: 1 << 20, Segment: 1000, Files: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for n := range 40 {
		if n%7 == 6 {
			j.Turn()
		}
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		if n%3 == 2 {
			if err := j.Cut(j.Rev()-1, 0, nil, func(*Segment) {}); err != nil {
				t.Fatal(err)
			}
			if err := j.Cut(j.Rev(), 0, nil, func(*Segment) {}); err != nil {
				t.Fatal(err)
			}
		}
		left := t.TempDir()
		if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		_, whole := mustOpen(t, left, nil)
		if err := os.RemoveAll(filepath.Join(left, StateFile)); err != nil {
			t.Fatal(err)
		}
		lost, v := mustOpen(t, left, nil)
		if rev := lost.Rev(); rev != j.Rev() || v.commits() < whole.commits() || v.commits() > whole.commits()+12 {
			t.Errorf("%d: revision %d of %d, %d commits count again besides %d", n, rev, j.Rev(), v.commits(), whole.commits())
		}
		if n > 20 && lost.Whole() {
			t.Errorf("%d: it is taken for whole", n)
		}
	}
	if n := len(segments(t, dir)); n > 3 {
		t.Errorf("%d segments are left", n)
	}
}

// What comes behind a cut defines its sets anew, also when the state could not be written.
func TestWhatComesBehindACutDefinesItsSets(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		dir, over := t.TempDir(), false
		d, err := disk.Open(dir, func(c disk.Call) (int, error) {
			if over && c.Op == disk.Sync && c.Name == Dir {
				return 0, os.ErrInvalid // the state has its name by then
			}
			return c.N, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		j, err := Open(d, Retention{Bytes: 1 << 20})
		if err == nil {
			err = add(j, 2)
		}
		if err != nil {
			t.Fatal(err)
		}
		over = fails
		if err := j.Cut(2, 0, nil, func(*Segment) {}); (err != nil) != fails {
			t.Fatal(err)
		}
		over = false
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if _, v := mustOpen(t, dir, nil); v.commits() != 1 || v.list[0] != "set is {}" || len(segments(t, dir)) != 1 {
			t.Errorf("%v: %q, %q", fails, v.list, segments(t, dir))
		}
	}
}
