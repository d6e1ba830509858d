package cmds

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
)

// A patch whose keys stand many times is merged once for each key.
func TestAMergeGrowsWithThePatchAndNoFaster(t *testing.T) {
	cost := func(n int, merge func(raw, patch string) string) uint64 {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"a":{"k%d":1}`, i)
		}
		patch := "{" + b.String()[1:] + "}"
		least := uint64(math.MaxUint64) // what else the process does comes on top
		for range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := merge(`{"a":{}}`, patch)
			runtime.ReadMemStats(&after)
			if want := fmt.Sprintf(`{"a":{"k%d":1}}`, n-1); got != want {
				t.Fatalf("%.100s, want %s", got, want)
			}
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		return least
	}
	for name, merge := range map[string]func(raw, patch string) string{"merged": merged, "completed": completed} {
		if small, large := cost(1000, merge), cost(10_000, merge); large > 20*small {
			t.Errorf("%s: ten times the keys cost %d bytes, %d before", name, large, small)
		}
	}
}
