package www

import (
	"context"
	"runtime"
	"time"

	"github.com/caryahq/carya/domain"
)

// poolWait is how long a request waits for its turn to hash.
const poolWait = 2 * time.Second

// pool bounds how many passwords are hashed at once, so that a flood of
// sign-ins leaves the other endpoints their processors.
type pool struct{ turns chan struct{} }

// newPool has every processor hash where others do the work, in processes that make
// way for whoever answers requests. Where it is done here it leaves one processor free
// if there are several.
func newPool(elsewhere bool) *pool {
	n := runtime.GOMAXPROCS(0)
	if !elsewhere {
		n = max(1, n-1)
	}
	return &pool{turns: make(chan struct{}, n)}
}

// enter waits for a turn: e.busy after poolWait (Data: seconds to wait before the
// next try).
func (p *pool) enter(ctx context.Context) (release func(), err error) {
	select {
	case p.turns <- struct{}{}:
		return p.leave, nil
	default:
	}
	late := time.NewTimer(poolWait)
	defer late.Stop()
	select {
	case p.turns <- struct{}{}:
		return p.leave, nil
	case <-late.C:
		return nil, domain.E("e.busy").With(map[string]int{"retry": 1})
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) leave() { <-p.turns }
