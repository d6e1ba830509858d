package thingset_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// benchThings is how many things of 300 bytes the benchmarks of sorts have;
// CARYA_BENCH_RECORDS asks for more.
func benchThings() int {
	if n, err := strconv.Atoi(os.Getenv("CARYA_BENCH_RECORDS")); err == nil {
		return n
	}
	return 100_000
}

// manyThings is a set of the embedded engine with benchThings things.
func manyThings(b *testing.B) *thingset.Set {
	b.Helper()
	top := b.TempDir()
	root, err := domain.OpenRoot(filepath.Join(top, "root"), domain.RootOptions{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := root.Create("demo")
	if err != nil {
		b.Fatal(err)
	}
	fill, _ := openSet(b, d)
	var batch []thingset.Write
	n := benchThings()
	for i := range n {
		id := fmt.Sprintf("c%019d", i)
		body := fmt.Appendf(nil, `{"id":%q,"nm":"thing %d","price":%d,"kind":"k%d","ct":%d,"note":"%0180d"}`, id, i, (i*7919)%n, i%100, 1_700_000_000_000+i, i)
		if batch = append(batch, thingset.Write{Set: "orders", ID: id, Body: body}); len(batch) == 1000 || i == n-1 {
			if _, err := fill.Commit(context.Background(), "demo", batch); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
	if err := fill.Close(); err != nil {
		b.Fatal(err)
	}
	s, set := openSet(b, d) // nothing is left to settle
	b.Cleanup(func() { s.Close(); root.Close() })
	return set
}

func openSet(b *testing.B, d *domain.Domain) (*filestore.Store, *thingset.Set) {
	b.Helper()
	s, err := filestore.Open(filestore.Options{Dir: func(string) string { return d.Dir() }})
	if err != nil {
		b.Fatal(err)
	}
	return s, newSet(b, thingset.NewDB(d, s), "orders", `{}`)
}

// peak runs f and gives how far the resident memory rose meanwhile, in MiB.
func peak(f func()) float64 {
	runtime.GC()
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // VmHWM begins anew
	before := statusMiB("VmRSS:")
	f()
	return statusMiB("VmHWM:") - before
}

func statusMiB(key string) float64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), key)
	kb, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return float64(kb) / 1024
}

// BenchmarkSort reads pages of an order that no index has; MiB is what that holds
// above idle (design: 64).
func BenchmarkSort(b *testing.B) {
	set := manyThings(b)
	n := benchThings()
	for name, q := range map[string]thingset.Query{
		"page":      {Limit: 50},
		"skip=half": {Skip: n / 2, Limit: 50},
		"all":       {},
	} {
		q.Sort, q.NoSum = []thingset.Order{{Key: "price"}}, true
		b.Run(name, func(b *testing.B) {
			most := 0.0
			for b.Loop() {
				most = max(most, peak(func() {
					for _, err := range set.Each(b.Context(), q) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}))
			}
			b.ReportMetric(most, "MiB")
		})
	}
}

// BenchmarkSortsAtOnce reads three pages at once, each behind half of all things in an
// order that no index has: they share their room.
func BenchmarkSortsAtOnce(b *testing.B) {
	set := manyThings(b)
	q := thingset.Query{Skip: benchThings() / 2, Limit: 50, NoSum: true, Sort: []thingset.Order{{Key: "price"}}}
	most := 0.0
	for b.Loop() {
		most = max(most, peak(func() {
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					for _, err := range set.Each(b.Context(), q) {
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
		}))
	}
	b.ReportMetric(most, "MiB")
}
