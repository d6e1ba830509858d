package www

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// TestEveryProcessorHashesWhereOthersDoTheWork: as many at once as there are
// processors, and no more.
func TestEveryProcessorHashesWhereOthersDoTheWork(t *testing.T) {
	t.Parallel()
	most := domain.Processors()
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
			if _, err := s.work(t.Context(), "demo", HashWork{Cost: cheap, Passwd: "x"}); err != nil {
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
	if n := newPool(false).n; n != max(1, most-1) {
		t.Errorf("%d hash in the server itself on %d processors", n, most)
	}
}

// Of those who wait the one whose domain has least comes first, and while several
// domains hash none has all turns.
func TestNoDomainTakesAllTurnsToHash(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 4} {
		p := &pool{n: n, held: map[string]int{}}
		isIn := func(w *hashWaiter) bool {
			select {
			case <-w.ready:
				return true
			default:
				return false
			}
		}
		for range 10 {
			p.join("greedy")
		}
		if p.held["greedy"] != n {
			t.Fatalf("alone it has %d of %d", p.held["greedy"], n)
		}
		other := p.join("other")
		p.leave("greedy")
		if !isIn(other) {
			t.Errorf("of %d turns the next is not for the other", n)
		}
		p.leave("other")
		if want := max(1, n-1); p.held["greedy"] != want {
			t.Errorf("beside another it has %d of %d, want %d", p.held["greedy"], n, want)
		}
		if other = p.join("other"); isIn(other) != (n > 1) {
			t.Errorf("of %d turns: the other has one: %v", n, n == 1)
		}
		p.other = time.Now().Add(-2 * othersFor) // it did not come again
		if n > 1 {
			p.leave("other")
		} else if !p.giveUp(other) {
			t.Error("who gives up had a turn")
		}
		if p.held["greedy"] != n {
			t.Errorf("alone again it has %d of %d", p.held["greedy"], n)
		}
	}
}
