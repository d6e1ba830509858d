package main

import "testing"

func TestGarbageIsBoundedBesideALargeHeap(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 100, minGarbage: 100, 10 << 20: 80, 16 << 20: 50, 32 << 20: 50, 64 << 20: 50, 200 << 20: 16, 10 << 30: 5} {
		if got := percentFor(live); got != want {
			t.Errorf("beside %d bytes: %d %%, want %d", live, got, want)
		}
	}
}
