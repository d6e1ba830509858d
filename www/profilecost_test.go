package www

import (
	"runtime"
	"strings"
	"testing"
)

// A field that stands many times in what a person sends costs its own length each time,
// and not that of the whole text.
func TestAProfileOfOneFieldManyTimesIsReadOnce(t *testing.T) {
	cost := func(n int) uint64 {
		fields := `{"nm":"a"` + strings.Repeat(`,"nm":"a"`, n) + `,"other":[1],"sex":"1"}`
		want := strings.Replace(fields, `"sex":"1"`, `"sex":1`, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := profile([]byte(fields))
		runtime.ReadMemStats(&after)
		if err != nil || string(out) != want {
			t.Fatal(err, len(out))
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	if small, large := cost(1000), cost(10_000); large > 20*small {
		t.Errorf("ten times the fields cost %d bytes, %d before", large, small)
	}
}
