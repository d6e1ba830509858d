package journal

import (
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// A segment that has grown has zeros ahead of it, which later groups are
// written over without the file growing; a reader takes them for the end.
func TestZerosAreWrittenAheadAndOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, _ := mustOpen(t, dir, nil)
	groups := 0
	more := func() {
		if err := add(j, 2); err != nil {
			t.Fatal(err)
		}
		groups++
	}
	if more(); int64(segmentSize(t, dir)) != j.open().size {
		t.Errorf("a short segment has %d bytes for %d", segmentSize(t, dir), j.open().size)
	}
	for j.open().zeros == 0 {
		more()
	}
	room := j.open().zeros
	if int64(segmentSize(t, dir)) != room || room <= j.open().size {
		t.Fatalf("%d bytes, zeros up to %d, %d written", segmentSize(t, dir), room, j.open().size)
	}
	for room-j.open().size > 1000 {
		more()
	}
	if int64(segmentSize(t, dir)) != room {
		t.Errorf("the file has grown to %d though there was room up to %d", segmentSize(t, dir), room)
	}
	j.Close()
	if _, v := mustOpen(t, dir, nil); v.commits() != 2*groups {
		t.Errorf("%d commits are read, %d were added", v.commits(), 2*groups)
	}
}

// A full disk refuses the zeros; the commit is durable all the same.
func TestADiskWithoutRoomForZerosTakesCommits(t *testing.T) {
	t.Parallel()
	dir, refused := t.TempDir(), 0
	j, _ := mustOpen(t, dir, func(c disk.Call) (int, error) {
		if c.Op == disk.Write && c.N >= leastAhead {
			refused++
			return 100, syscall.ENOSPC
		}
		return 0, nil
	})
	for range 20 {
		if err := add(j, 2); err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Error("zeros were never tried")
	}
	j.Close()
	if _, v := mustOpen(t, dir, nil); v.commits() != 40 {
		t.Errorf("%d commits are read", v.commits())
	}
}

func TestFindSkipsZeros(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 7, 11, 12, 13, 19, 20, 21, 4096, 1 << 20} {
		at := frame.Place{File: 3, Offset: int64(n)}
		f := append(frame.Begin(nil), make([]byte, 40)...)
		frame.Seal(f, at)
		data := append(make([]byte, n), f...)
		if got := frame.Find(data, frame.Place{File: 3}); got != n {
			t.Errorf("a frame behind %d zeros is found at %d", n, got)
		}
		if got := frame.Find(data[:n+len(f)-1], frame.Place{File: 3}); got != -1 {
			t.Errorf("half a frame behind %d zeros is found at %d", n, got)
		}
	}
}
