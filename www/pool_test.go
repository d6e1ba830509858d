package www

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestEveryProcessorHashesWhereOthersDoTheWork: as many at once as there are
// processors, and no more.
func TestEveryProcessorHashesWhereOthersDoTheWork(t *testing.T) {
	t.Parallel()
	most := runtime.GOMAXPROCS(0)
	var now, seen atomic.Int64
	var once sync.Once
	full, open := make(chan struct{}), make(chan struct{})
	s := New(Options{Log: slog.New(slog.DiscardHandler), Hash: cheap})
	s.SetWork(func(w HashWork) HashDone {
		n := now.Add(1)
		defer now.Add(-1)
		for old := seen.Load(); n > old && !seen.CompareAndSwap(old, n); old = seen.Load() {
		}
		if n == int64(most) {
			once.Do(func() { close(full) })
		}
		<-open
		return w.Do()
	})
	var all sync.WaitGroup
	for range most + 3 {
		all.Go(func() {
			if _, err := s.work(t.Context(), HashWork{Cost: cheap, Passwd: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	<-full
	close(open)
	all.Wait()
	if n := seen.Load(); n != int64(most) {
		t.Errorf("%d at once on %d processors", n, most)
	}
	if n := cap(newPool(false).turns); n != max(1, most-1) {
		t.Errorf("%d hash in the server itself on %d processors", n, most)
	}
}
