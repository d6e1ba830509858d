package journal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// A segment that is missing and held nothing but its header, or any other number of
// bytes, is mended so that the journal opens, with the segments before it.
func TestAMissingSegmentOfAnySizeIsMended(t *testing.T) {
	t.Parallel()
	for _, many := range []int{0, 1} {
		dir := t.TempDir()
		j, _ := mustOpen(t, dir, nil)
		j.Reached(1 << 40) // a header whose revision is long
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		j.mu.Lock()
		err := j.begins() // a segment without a group
		j.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		gone := j.open().N
		for range many {
			if err := add(j, 1); err != nil {
				t.Fatal(err)
			}
		}
		j.mu.Lock()
		j.begin = true
		j.mu.Unlock()
		if err := add(j, 1); err != nil {
			t.Fatal(err)
		}
		j.Close()
		if err := os.Remove(filepath.Join(dir, SegmentFile(gone))); err != nil {
			t.Fatal(err)
		}
		d, err := disk.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		list, err := Damage(d)
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		for _, x := range list {
			if err := x.Mend(d, func(string) {}); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := Damage(d); err != nil || len(list) > 0 {
			t.Errorf("%d: mended there is %v, %v", many, list, err)
		}
		if _, v, err := open(t, dir, nil); err != nil || v.commits() != 2 {
			t.Errorf("%d: mended it has %d commits of 2: %v", many, v.commits(), err)
		}
	}
}
