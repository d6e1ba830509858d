package filestore

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// What is allocated while a domain is opened and not kept bounds how far memory goes
// up meanwhile: the files of keys are not read whole, and the orders share their room.
func TestOpeningWastesLessThanItKeeps(t *testing.T) {
	const n = 60_000
	still := Options{Settle: time.Hour, Checkpoint: time.Hour, Poll: time.Hour} // one layout, and nothing beside opening
	m := filled(n, still)
	defer os.RemoveAll(m.top)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := openMillionOn(m.top, still)
	defer s.Close()
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := after.HeapAlloc - before.HeapAlloc
	if spent := after.TotalAlloc - before.TotalAlloc - kept; float64(spent) > 0.8*float64(kept) {
		t.Errorf("%d KiB were allocated and not kept, beside %d KiB that are", spent>>10, kept>>10)
	}
}
