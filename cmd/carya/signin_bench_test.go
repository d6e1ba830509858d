package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/caryahq/carya/www"
)

// hashRate is how many passwords a second this machine hashes with the default
// cost on all of its processors, nothing else to do.
func hashRate(lasts time.Duration) float64 {
	var all sync.WaitGroup
	var n atomic.Int64
	h := www.DefaultHash
	begun := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for time.Since(begun) < lasts {
				argon2.IDKey([]byte(passwd), make([]byte, 16), h.Time, h.Memory, h.Threads, 32)
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / time.Since(begun).Seconds()
}

// hashing is how many processes of the server's have a thread that runs or would if
// it had a processor: what hashing asks of the machine, whoever else uses it.
func hashing(pid int) (n int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(children)) {
			stats, _ := filepath.Glob("/proc/" + child + "/task/*/stat")
			if slices.ContainsFunc(stats, func(file string) bool {
				stat, _ := os.ReadFile(file)
				return bytes.Contains(stat, []byte(") R "))
			}) {
				n++
			}
		}
	}
	return n
}

// BenchmarkSignInsAlone measures sign-ins over HTTP, nothing else to do, against
// the machine's rate of argon2id, in turn; others may use the machine, so that the
// median of the ratios of neighbouring turns counts. Where others keep it busy all
// the time that tells little; wanted does: the part of the processors that
// hashes run on or wait for.
func BenchmarkSignInsAlone(b *testing.B) {
	p := newPeople(b, "--limits", "off", "--trust-proxy", "127.0.0.1")
	const turn = 700 * time.Millisecond
	var done atomic.Int64
	var wanted, samples float64
	signIns := func() float64 {
		ctx, stop := context.WithCancel(b.Context())
		all := p.flood(ctx, 32, &done)
		time.Sleep(300 * time.Millisecond)
		begun, at := time.Now(), done.Load()
		for time.Since(begun) < turn {
			wanted += float64(hashing(p.server.proc.Process.Pid)) / float64(runtime.GOMAXPROCS(0))
			samples++
			time.Sleep(10 * time.Millisecond)
		}
		rate := float64(done.Load()-at) / time.Since(begun).Seconds()
		stop()
		all.Wait()
		return rate
	}
	var ratios, rates, bare []float64
	for b.Loop() {
		for range 4 {
			before := hashRate(turn)
			rate := signIns()
			reference := (before + hashRate(turn)) / 2
			ratios, rates, bare = append(ratios, rate/reference), append(rates, rate), append(bare, reference)
		}
	}
	median := func(s []float64) float64 { slices.Sort(s); return s[len(s)/2] }
	b.ReportMetric(median(bare), "argon2id/s")
	b.ReportMetric(median(rates), "sign-ins/s")
	b.ReportMetric(wanted/samples, "wanted")
	b.ReportMetric(median(ratios), "sign-ins/argon2id")
}
