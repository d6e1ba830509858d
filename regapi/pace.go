package regapi

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/regapi/share"
)

// pace is how a request that takes long takes turns with those of other domains.
type pace struct {
	mu    sync.Mutex
	from  time.Time // when turns begin
	turn  share.Turn
	until time.Time // the end of the turn
	taken atomic.Bool
}

// sharing is shell.Env.Sharing: stages of a run that has taken a turn work one at a time,
// so that a turn is for one processor.
func (c *call) sharing() bool { return c.pace.taken.Load() }

// startPace begins a run.
func (c *call) startPace() {
	now := time.Now()
	p := &c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from = now.Add(c.share().Quick(now))
}

// takeTurn is shell.Env.Pace: stages of a run that has taken long wait here for their turn.
func (c *call) takeTurn() error {
	p := &c.pace
	p.mu.Lock() // all stages of the run wait for the same turn
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.from) || now.Before(p.until) {
		return nil
	}
	return p.next(c)
}

// longWork is shell.Env.LongWork: what is known to take long waits for a turn at once.
func (c *call) longWork() error {
	p := &c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.until) {
		return nil
	}
	p.from = now
	return p.next(c)
}

// next gives the turn back and waits for another, no longer than the script may run. The
// lock is held.
func (p *pace) next(c *call) (err error) {
	p.turn.End()
	ctx, cancel := context.WithDeadline(c.r.Context(), c.deadline())
	defer cancel()
	p.turn, err = c.share().Turn(ctx)
	p.until = p.turn.Until
	p.taken.Store(p.turn.Taken())
	return err
}

// endPace gives the turn back, if there is one.
func (c *call) endPace() {
	p := &c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn.End()
	p.from, p.until = time.Time{}, time.Time{}
	p.taken.Store(false)
}

// inTurns does what takes long: it is to look at its context now and then, and waits there
// when its turn is over.
func (c *call) inTurns(f func(context.Context) error) error {
	if err := c.longWork(); err != nil {
		return err
	}
	defer c.endPace()
	return f(paced{c.r.Context(), c})
}

// paced is a request's context whose Err waits for the request's turn.
type paced struct {
	context.Context
	c *call
}

// Err implements context.Context.
func (p paced) Err() error {
	if err := p.Context.Err(); err != nil {
		return err
	}
	return p.c.takeTurn()
}
