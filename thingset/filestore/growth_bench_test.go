package filestore

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

// grown is what a set of some size costs: times in seconds, memory in MiB above
// what was resident before.
type grown struct {
	open, scan, doctor             float64
	resident, peak, scans, doctors float64
	disk                           float64 // bytes for a byte of records
}

// BenchmarkGrowth measures a set of many accounts, one of three times as many, and
// what grows from one to the other: 3 is what one would expect of everything that is
// held or read, 1 of what has a bound.
func BenchmarkGrowth(b *testing.B) {
	var all []grown
	for _, times := range []int{1, 3} {
		b.Run(map[int]string{1: "once", 3: "thrice"}[times], func(b *testing.B) {
			var g grown
			for b.Loop() {
				g = grow(b, times*accounts())
			}
			all = append(all, g)
			for unit, v := range g.figures() {
				b.ReportMetric(v, unit)
			}
		})
	}
	b.Run("growth", func(b *testing.B) {
		for b.Loop() { // everything was measured before
		}
		if len(all) == 2 {
			from, to := all[0].figures(), all[1].figures()
			for unit := range from {
				b.ReportMetric(to[unit]/from[unit], unit)
			}
		}
	})
}

func (g grown) figures() map[string]float64 {
	return map[string]float64{
		"open-s": g.open, "scan-s": g.scan, "doctor-s": g.doctor, "disk/record": g.disk,
		"resident-MiB": g.resident, "open-peak-MiB": g.peak, "scan-peak-MiB": g.scans, "doctor-peak-MiB": g.doctors,
	}
}

// grow fills a store and measures it.
func grow(b *testing.B, n int) (g grown) {
	b.Helper()
	m := filled(n, Options{})
	defer os.RemoveAll(m.top)
	g.disk = float64(diskUse(m.top)) / float64(m.bytes)
	base := resident()
	var s *Store
	g.open, g.peak = costs(b, base, func() { s = openMillion(m.top) })
	defer s.Close()
	held := resident()
	g.resident = held - base
	g.scan, g.scans = costs(b, held, func() {
		for _, err := range s.Scan(context.Background(), "demo", "accounts", thingset.Range{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	held = resident()
	g.doctor, g.doctors = costs(b, held, func() {
		if err := s.Verify("demo", false, func(f Fault) { b.Error(f) }); err != nil {
			b.Fatal(err)
		}
	})
	return g
}

// costs is how long something takes, in seconds, and how much is resident at most
// meanwhile, in MiB above a base.
func costs(b *testing.B, base float64, do func()) (seconds, peak float64) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("no peak of memory here: ", err)
	}
	start := time.Now()
	do()
	return time.Since(start).Seconds(), memory("VmHWM:") - base
}
