package regapi

import (
	"context"
	"sync"
	"time"
)

// quick is how long a script runs before its work is done in turns with that of other
// domains.
const quick = 20 * time.Millisecond

// pace is how a run that takes long takes turns.
type pace struct {
	mu    sync.Mutex
	begun time.Time
	until time.Time // the end of the turn
}

// start begins a run.
func (p *pace) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun, p.until = time.Now(), time.Time{}
}

// takeTurn is shell.Env.Pace: stages of a run that has taken long wait here for their turn.
func (c *call) takeTurn() error {
	p := &c.pace
	p.mu.Lock() // all stages of the run wait for the same turn
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.begun) < quick || now.Before(p.until) {
		return nil
	}
	var err error
	p.until, err = c.nextTurn()
	return err
}

// nextTurn waits for a turn, no longer than the script may run.
func (c *call) nextTurn() (until time.Time, err error) {
	ctx, cancel := context.WithDeadline(c.r.Context(), c.deadline())
	defer cancel()
	return c.share().Turn(ctx)
}
