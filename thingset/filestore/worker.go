package filestore

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/thingset"
)

// worker is what a domain does in the background: it removes what has expired,
// looks at edits by people, settles records, cuts the journal, merges packs.
// There is no goroutine while there is nothing to do, only a timer.
type worker struct {
	r *room

	mu      sync.Mutex
	timer   *time.Timer
	due     time.Time // of the timer; zero when it is not set
	running bool
	again   bool // woken while running
	ended   bool
	idle    sync.Cond

	// Only for the worker itself.
	changed time.Time // since when something waits for a checkpoint; zero: nothing
	failed  time.Duration
	resting resting
	polled  time.Time
}

// wake has a round run within d.
func (w *worker) wake(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.r.s.manual {
		return
	}
	if w.running {
		w.again = true
		return
	}
	due := time.Now().Add(d)
	if !w.due.IsZero() && !w.due.After(due) {
		return
	}
	w.due = due
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.run)
		return
	}
	w.timer.Reset(d)
}

// run is one round; it sees to it that the next one comes.
func (w *worker) run() {
	w.mu.Lock()
	if w.ended || w.running {
		w.mu.Unlock()
		return
	}
	w.running, w.again, w.due = true, false, time.Time{}
	w.mu.Unlock()
	next, ok := w.round()
	w.mu.Lock()
	w.running = false
	if again := w.again; again && (!ok || next > w.r.s.o.Settle) {
		next, ok = w.r.s.o.Settle, true
	}
	if w.idle.L != nil {
		w.idle.Broadcast()
	}
	w.mu.Unlock()
	if ok {
		w.wake(next)
	}
}

// retryMost is how long the worker waits at most after the disk refused.
const retryMost = 5 * time.Second

// round does what there is to do and gives the time until the next one.
func (w *worker) round() (next time.Duration, ok bool) {
	r := w.r
	r.expire()
	w.edits()
	r.removeDropped()
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.disk.ReadOnly() {
		return 0, false
	}
	_ = r.clearTmp() // what fails is tried again, before the journal is cut
	moving := r.moveDropped("")
	stuck := cmp.Or(r.settle(), moving) // it is told of, and tried again
	err := r.journal.Confirm()
	if err == nil && (w.wantsCheckpoint() || r.journal.Lost()) {
		if err = r.checkpoint(); err == nil {
			w.changed = time.Time{}
		}
	}
	merging := false
	if err == nil {
		merging, err = r.mergeStep()
	}
	r.health.settling.note(cmp.Or(err, stuck, r.barredErr()))
	if err != nil {
		if w.failed == 0 {
			r.s.o.Log.Error("what was flushed could not be made durable; the journal keeps it", "domain", r.dom, "err", err)
		}
		w.failed = min(max(2*w.failed, r.s.o.Settle), retryMost)
		return w.failed, true
	}
	if w.failed > 0 {
		r.s.o.Log.Info("what was flushed is durable again", "domain", r.dom)
	}
	w.failed = 0
	w.rest()
	if merging {
		return 0, true
	}
	return w.pause()
}

// edits looks at what people may have edited.
func (w *worker) edits() {
	r := w.r
	if every, ok := r.edits.polling(); ok && time.Since(w.polled) >= every {
		start := time.Now()
		r.edits.poll()
		w.polled = time.Now()
		r.edits.took(w.polled.Sub(start))
	}
	r.edits.flush()
}

// checkpointSize is how long the journal gets before it is cut at once.
const checkpointSize = 64 << 20

func (w *worker) wantsCheckpoint() bool {
	size := w.r.journal.Size()
	if size == 0 && !w.r.unsynced() {
		w.changed = time.Time{}
		return false
	}
	if w.changed.IsZero() {
		w.changed = time.Now()
	}
	return (size >= checkpointSize || w.r.hurry() || time.Since(w.changed) >= w.r.s.o.Checkpoint) && !w.r.unsorted()
}

// pause is how long until there is something to do again.
func (w *worker) pause() (time.Duration, bool) {
	d, ok := w.r.nextExpiry()
	sooner := func(other time.Duration) {
		if !ok || other < d {
			d, ok = max(0, other), true
		}
	}
	if !w.changed.IsZero() {
		wait := time.Until(w.changed.Add(w.r.s.o.Checkpoint))
		if w.r.unsorted() {
			wait = max(wait, w.r.s.o.Settle)
		}
		sooner(wait)
	}
	if len(w.r.journal.Unmoved()) > 0 {
		sooner(max(w.r.s.o.Settle, time.Second))
	}
	if slices.ContainsFunc(w.r.dropped, func(rev thingset.Rev) bool { return !w.r.journal.Needs(rev) }) {
		sooner(w.r.s.o.Settle)
	}
	if len(w.r.tmp.list) > 0 {
		sooner(max(w.r.s.o.Settle, time.Second))
	}
	if at := w.resting.at; !at.IsZero() {
		sooner(time.Until(at))
	}
	if every, polls := w.r.edits.polling(); polls {
		sooner(time.Until(w.polled.Add(every)))
	}
	if at, any := w.r.nextStuck(); any {
		sooner(time.Until(at))
	}
	if at, waits := w.r.edits.next(); waits {
		sooner(time.Until(at))
	}
	return d, ok
}

// end stops the worker, when it has finished its round.
func (w *worker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.idle.L = &w.mu
	for w.running {
		w.idle.Wait()
	}
}
