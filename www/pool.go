package www

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// poolWait is how long a request waits for its turn to hash.
const poolWait = 2 * time.Second

// othersFor is how long a domain that hashed counts as one that may come again.
const othersFor = time.Minute

// pool bounds how many passwords are hashed at once, so that a flood of
// sign-ins leaves the other endpoints their processors. Of those who wait the one whose
// domain hashes least comes first; and while several domains hash, none takes all turns.
type pool struct {
	n int // turns

	mu      sync.Mutex
	held    map[string]int // turns, by domain
	used    int            // all of them
	waiting []*hashWaiter  // as they came
	served  string         // the domain that had a turn last
	last    string         // the domain that asked last
	other   time.Time      // when one asked that was not the one before it
}

// hashWaiter is one who waits. ready is closed when it has a turn.
type hashWaiter struct {
	dom   string
	ready chan struct{}
}

// newPool has every processor hash where others do the work, in processes that make
// way for whoever answers requests. Where it is done here it leaves one processor free
// if there are several.
func newPool(elsewhere bool) *pool {
	n := domain.Processors()
	if !elsewhere {
		n = max(1, n-1)
	}
	return &pool{n: n, held: map[string]int{}}
}

// enter waits for a turn: e.busy after poolWait (Data: seconds to wait before the
// next try).
func (p *pool) enter(ctx context.Context, dom string) (release func(), err error) {
	w := p.join(dom)
	late := time.NewTimer(poolWait)
	defer late.Stop()
	select {
	case <-w.ready:
		return func() { p.leave(dom) }, nil
	case <-late.C:
		err = domain.E("e.busy").With(map[string]int{"retry": 1})
	case <-ctx.Done():
		err = ctx.Err()
	}
	if p.giveUp(w) {
		return nil, err
	}
	return func() { p.leave(dom) }, nil // its turn came in that moment
}

// join waits in line, and has a turn at once where there is one.
func (p *pool) join(dom string) *hashWaiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != "" && p.last != dom {
		p.other = time.Now()
	}
	p.last = dom
	w := &hashWaiter{dom, make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.serve()
	return w
}

// serve gives turns away while there are some for those who wait.
func (p *pool) serve() {
	for p.used < p.n {
		next := -1
		for i, w := range p.waiting {
			if p.mayTake(w.dom) && (next < 0 || p.before(w.dom, p.waiting[next].dom)) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := p.waiting[next]
		p.waiting = slices.Delete(p.waiting, next, next+1)
		p.used, p.served = p.used+1, w.dom
		p.held[w.dom]++
		close(w.ready)
	}
}

// before reports whether a domain comes before another that waits longer.
func (p *pool) before(dom, other string) bool {
	if p.held[dom] != p.held[other] {
		return p.held[dom] < p.held[other]
	}
	return other == p.served && dom != other
}

// mayTake reports whether a domain may have one more turn: the last one is not for who
// has all others, while several domains hash.
func (p *pool) mayTake(dom string) bool {
	return p.n == 1 || p.held[dom] < p.n-1 || p.other.IsZero() || time.Since(p.other) > othersFor
}

// giveUp leaves the line; false: the turn has come.
func (p *pool) giveUp(w *hashWaiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.waiting, w)
	if i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	return i >= 0
}

func (p *pool) leave(dom string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used--
	if p.held[dom]--; p.held[dom] == 0 {
		delete(p.held, dom)
	}
	p.serve()
}
