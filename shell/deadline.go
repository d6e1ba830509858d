package shell

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadline is a context with a deadline that costs nothing until somebody
// waits for it: the timer is made by the first Done. It must be stopped.
type deadline struct {
	parent context.Context
	at     time.Time // zero: none

	mu   sync.Mutex // held while real is made
	real atomic.Pointer[realContext]
}

var _ context.Context = (*deadline)(nil)

// realContext is a context with its timer.
type realContext struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// stopped is the real context, without one, of a deadline that was stopped before
// anybody waited.
var stopped = &realContext{}

// closed is what Done gives after stop.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (d *deadline) start(parent context.Context, limit time.Duration) {
	d.parent = parent
	if limit > 0 {
		d.at = time.Now().Add(limit)
	}
}

// arm makes the real context, or gives the one that is there.
func (d *deadline) arm() *realContext {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.real.Load()
	if r == nil {
		r = &realContext{}
		if d.at.IsZero() {
			r.ctx, r.cancel = context.WithCancel(d.parent)
		} else {
			r.ctx, r.cancel = context.WithDeadline(d.parent, d.at)
		}
		d.real.Store(r)
	}
	return r
}

// stop releases the timer; whoever still waits sees a canceled context.
func (d *deadline) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.real.Load(); r == nil {
		d.real.Store(stopped)
	} else if r.cancel != nil {
		r.cancel()
	}
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) {
	p, ok := d.parent.Deadline()
	if d.at.IsZero() || ok && p.Before(d.at) {
		return p, ok
	}
	return d.at, true
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} {
	if r := d.arm(); r.ctx != nil {
		return r.ctx.Done()
	}
	return closed
}

// Err implements context.Context.
func (d *deadline) Err() error {
	r := d.real.Load()
	switch {
	case r != nil && r.ctx != nil:
		return r.ctx.Err()
	case r != nil:
		return context.Canceled
	case d.at.IsZero() || time.Now().Before(d.at):
		return d.parent.Err()
	}
	return context.DeadlineExceeded
}

// Value implements context.Context. Once there is a real context it answers, so
// that contexts made from this one hang on it without a goroutine.
func (d *deadline) Value(key any) any {
	if r := d.real.Load(); r != nil && r.ctx != nil {
		return r.ctx.Value(key)
	}
	return d.parent.Value(key)
}
