package share

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Run is what one run of a script has of its domain's share: what it holds of memory and
// disk, and its turns with the long work of other domains. Its methods are those that a
// shell.Env asks for. Turn, LongWork and Sharing may be called by several goroutines at
// once, Memory and Disk by one at a time. It may be used again when it has ended.
type Run struct {
	Of   *Domain                                      // whose run it is
	Wait func() (context.Context, context.CancelFunc) // how long it may wait for a turn

	hold Hold

	mu    sync.Mutex
	from  time.Time // when turns begin
	turn  Turn
	until time.Time // the end of the turn
	taken atomic.Bool
}

// Begin begins the run.
func (r *Run) Begin() {
	r.hold = r.Of.Hold()
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = now.Add(r.Of.Quick(now))
}

// Memory takes n more bytes of the domain's memory, or gives -n back: e.busy when there
// are no more.
func (r *Run) Memory(n int64) error {
	if n < 0 {
		r.hold.Give(-n)
		return nil
	}
	if !r.hold.Memory(n) {
		return r.hold.Refuse()
	}
	return nil
}

// Disk is as Memory, of disk for temporary files.
func (r *Run) Disk(n int64) error {
	if n < 0 {
		r.hold.GiveDisk(-n)
		return nil
	}
	return r.hold.Disk(n)
}

// Sharing reports whether the run has taken a turn: then its stages are to work one at a
// time, so that a turn is for one processor.
func (r *Run) Sharing() bool { return r.taken.Load() }

// Turn is for stages of a run that has taken long: it waits until the run has a turn.
func (r *Run) Turn() error {
	r.mu.Lock() // all stages of the run wait for the same turn
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.from) || now.Before(r.until) {
		return nil
	}
	return r.next()
}

// LongWork is for what is known to take long: it waits for a turn at once.
func (r *Run) LongWork() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.until) {
		return nil
	}
	r.from = now
	return r.next()
}

// next gives the turn back and waits for another. The lock is held.
func (r *Run) next() (err error) {
	r.turn.End()
	ctx, cancel := r.Wait()
	defer cancel()
	r.turn, err = r.Of.Turn(ctx)
	r.until = r.turn.Until
	r.taken.Store(r.turn.Taken())
	return err
}

// Pause gives the turn back of a run that is about to wait; it takes another for its next
// work.
func (r *Run) Pause() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn.End()
	r.until = time.Time{}
}

// Rest gives the turn back, if there is one.
func (r *Run) Rest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn.End()
	r.from, r.until = time.Time{}, time.Time{}
	r.taken.Store(false)
}

// End gives everything back.
func (r *Run) End() {
	r.Rest()
	r.hold.Free()
}
