package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// Where revisions go on behind others the feed begins anew. What was before is not taken
// for damaged, also when a power cut has left the zeros that were written ahead, or a part of a group
// that was refused.
func TestAJumpOfRevisionsIsNoDamage(t *testing.T) {
	t.Parallel()
	for _, what := range []byte{0, 7} {
		t.Run(fmt.Sprint(what), func(t *testing.T) {
			t.Parallel()
			jump(t, what)
		})
	}
}

// jump leaves something behind what was cut, of which no segment says how much counts.
func jump(t *testing.T, what byte) {
	t.Helper()
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
		err = j.Cut(j.Rev(), 0, nil, func(*Segment) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	leave(t, filepath.Join(dir, SegmentFile(1)), what)
	j.Reached(100)
	if err := add(j, 1); err != nil {
		t.Fatal(err)
	}
	j.Reached(200)
	if err := add(j, 1); err != nil { // it says how much of the one before counts
		t.Fatal(err)
	}
	if err := j.Cut(100, 0, nil, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	if err := j.Cut(101, 0, nil, func(*Segment) {}); err != nil {
		t.Fatal(err)
	}
	leave(t, filepath.Join(dir, SegmentFile(2)), 7)
	j.Close()
	if list, err := Damage(d); len(list) > 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
}

// leave appends what a power cut may leave: zeros, or a part of what was refused.
func leave(t *testing.T, name string, what byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(bytes.Repeat([]byte{what}, 3000)); err != nil {
		t.Fatal(err)
	}
}
