package backup

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/caryahq/carya/thingset"
)

// A restoration holds nothing for every thing: their rows alone would take more.
func TestRestoringManyThingsTakesLittleMemory(t *testing.T) {
	const n, most = 150_000, 32 << 20
	if live := restoredWith(t, n); live > most {
		t.Errorf("%d things take %d KiB, want at most %d", n, live>>10, most>>10)
	}
}

// restoredWith is how much is live at most while n things are restored, above what
// was before.
func restoredWith(t *testing.T, n int) uint64 {
	t.Helper()
	w := newWorld(t)
	db := w.create("shop")
	w.write(db, "people/thing.json", `{uniqueKeys:[{name:"nm"},{name:"phone"}],indexes:["age"]}`)
	w.set(db, "people")
	var batch []thingset.Write
	for i := range n {
		id := fmt.Sprintf("p%07d", i)
		batch = append(batch, thingset.Write{Set: "people", ID: id, Body: fmt.Appendf(nil, `{"id":%q,"nm":"user %d","phone":"139%08d","age":%d}`, id, i, i, i%100)})
		if len(batch) == 1000 {
			if _, err := db.Commit(t.Context(), batch...); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	data := w.take(db)
	if err := db.Store().CloseDomain("shop"); err != nil {
		t.Fatal(err)
	}
	return liveDuring(func() {
		if _, done, err := Restore(t.Context(), bytes.NewReader(data), w.options("copy")); err != nil || done.Records != n {
			t.Error(done, err)
		}
	})
}

// liveDuring is how many bytes are live at most while something runs, above what was
// before.
func liveDuring(do func()) uint64 {
	live := func() uint64 {
		runtime.GC()
		s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	before, most := live(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	for {
		select {
		case <-done:
			return max(most, before) - before
		default:
			most = max(most, live())
		}
	}
}
