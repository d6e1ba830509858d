package filestore

import (
	"errors"
	"time"
)

var errNoWatch = errors.New("nobody watches")

// polling is how often sets that the system does not watch are compared with
// their folders; ok is false when there are none.
func (e *edits) polling() (every time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, polls := range e.polls {
		if polls {
			return max(e.every, e.r.s.o.Poll), true
		}
	}
	return 0, false
}

// poll compares all sets that the system does not watch.
func (e *edits) poll() {
	for _, t := range e.r.loaded() {
		e.mu.Lock()
		polls := e.polls[t]
		e.mu.Unlock()
		if polls {
			e.r.busy.Lock() // what is being settled is not as it was, nor as it will be
			if !t.left.Load() {
				e.walk(t, false)
			}
			e.r.busy.Unlock()
		}
	}
}

// pollShare is which part of the time polling may take: one in so many.
const pollShare = 20

// took says how long polling took: it is done less often when that is long.
func (e *edits) took(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.every = pollShare * d
}
