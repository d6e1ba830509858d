package domain

import (
	"sync"
	"sync/atomic"
)

// watchState is a domain's watch, which begins when somebody has need of it.
type watchState struct {
	d      *Domain
	w      atomic.Pointer[watch]
	unsure atomic.Int32 // looks that a watch would have spared

	mu      sync.Mutex // beginning and ending
	closing bool
}

// watchAfter is the number of looks at the disk after which watching pays: a
// command that runs and ends needs no watch.
const watchAfter = 64

// OnChange calls f with each path that changes, soon after: own writes and other
// people's. What was at the path may have been written, made, moved, removed; for a
// directory that came, went or moved f is called with all that it holds now,
// and the path means everything that was below it. A change of metadata is a
// change of its object. "" means that anything may have changed (the system
// lost track). The folders of engines (see Domain.engines) are left out.
//
// When OnChange returns, every later change will be told. Calls come one after the
// other from one goroutine and should not block; after stop at most one that
// has begun already goes on.
func (d *Domain) OnChange(f func(Path)) (stop func()) {
	w := d.watch.begin()
	if w == nil {
		return func() {}
	}
	return w.subscribe(f)
}

// covers reports whether changes in a directory will be told.
func (s *watchState) covers(dir Path) bool {
	w := s.w.Load()
	return w != nil && w.covers(dir)
}

// want notes a look at the disk.
func (s *watchState) want() {
	if s.unsure.Add(1) != watchAfter || s.w.Load() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.d.background.Go(func() { s.begin() })
	}
}

// begin starts the watch unless it runs; it is nil when the domain is closed.
func (s *watchState) begin() *watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.w.Load(); w != nil || s.closing {
		return w
	}
	w := newWatch(s.d)
	s.d.ids.reset() // nothing was told until now
	s.d.conf.refresh()
	s.w.Store(w)
	return w
}

// close ends the watch. It does not wait for a call of OnChange.
func (s *watchState) close() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	if w := s.w.Load(); w != nil {
		w.close()
	}
}
