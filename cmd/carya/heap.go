package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// A large set's rows are live for good, and the collector would let as much garbage
// pile up beside them: a scan of 200 MiB of rows would take 200 MiB more. The rows
// hold no pointers, so that it costs little to collect more often. What many requests
// hold at once while somebody attacks would be doubled likewise.

// How much garbage may pile up, in bytes: as much as there is live up to minGarbage, as
// usual; from then on half as much, up to about maxGarbage.
const (
	minGarbage = 8 << 20
	maxGarbage = 32 << 20
)

// boundGarbage has the collector run accordingly from now on, unless GOGC says
// otherwise.
var boundGarbage = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		afterGC(&pacer{percent: 100, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}})
	}
})

// pacer sets the collector's percentage after each collection.
type pacer struct {
	percent int
	live    []metrics.Sample
}

// afterGC runs adapt when the next collection has ended, and so on.
func afterGC(p *pacer) {
	type mark struct{ _ *pacer } // not tiny: those are collected in blocks
	runtime.SetFinalizer(&mark{p}, func(*mark) {
		p.adapt()
		afterGC(p)
	})
}

func (p *pacer) adapt() {
	metrics.Read(p.live)
	if n := percentFor(p.live[0].Value.Uint64()); n != p.percent {
		p.percent = n
		debug.SetGCPercent(n)
	}
}

// percentFor is the percentage for a live heap of so many bytes.
func percentFor(live uint64) int {
	if live <= minGarbage {
		return 100
	}
	garbage := min(max(minGarbage, live/2), maxGarbage)
	return max(5, int(garbage*100/live))
}
