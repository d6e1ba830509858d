package storetest

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// Benchmark measures an engine: lookups, walks and commits of one and of many
// writers, among 10,000 records of about 300 bytes.
func Benchmark(b *testing.B, open Opener) {
	t := &bench{TB: b, s: open(b)}
	t.define(people())
	const n = 10_000
	t.fill(n)
	ids := some()
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := t.s.Get(b.Context(), dom, set, ids[i%len(ids)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := t.s.Find(b.Context(), dom, set, 0, ids[i%len(ids)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		r := thingset.Range{Index: "age", From: key("40"), Desc: true}
		for b.Loop() {
			t.page(r, 50)
		}
	})
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("commit/%d", writers), func(b *testing.B) { t.writers(b, writers) })
	}
}

// some are ids of records that fill makes.
func some() []string {
	var out []string
	for i := range 64 {
		out = append(out, fmt.Sprintf("r%06d", i*150))
	}
	return out
}

func member(i int) string {
	return fmt.Sprintf(`"nm":"r%06d","phone":"139%08d","age":%d,"ct":%d,"lm":%d,"addr":{"city":"c%d"},"about":"%0200d"`, i, i, i%90, i, i, i%50, i)
}

func (b *bench) fill(n int) {
	for from := 0; from < n; from += 1000 {
		var batch []thingset.Write
		for i := from; i < min(from+1000, n); i++ {
			batch = append(batch, put(fmt.Sprintf("r%06d", i), member(i)))
		}
		b.commit(batch...)
	}
}

func (b *bench) page(r thingset.Range, n int) {
	for _, err := range b.s.Scan(b.Context(), dom, set, r) {
		b.ok(err)
		if n--; n == 0 {
			return
		}
	}
}

// writers commits one record at a time from many goroutines.
func (t *bench) writers(b *testing.B, n int) {
	b.ReportAllocs()
	b.SetParallelism((n + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(next.Add(1)) % 10_000
			_, err := t.s.Commit(b.Context(), dom, []thingset.Write{put(fmt.Sprintf("r%06d", i), member(i))})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
