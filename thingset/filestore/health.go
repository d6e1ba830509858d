package filestore

import (
	"sync/atomic"
	"time"
)

// health is what goes wrong in a room again and again, by the work that fails.
type health struct {
	journal  ailing // adding to the journal
	settling ailing // settling records, syncing, cutting the journal
}

// ailing is the last failure of some work, until it succeeds.
type ailing struct{ last atomic.Pointer[ailment] }

type ailment struct {
	err error
	at  time.Time
}

// ailingFor is how long a failure counts that nothing has followed: when nobody
// writes, nobody knows whether writing works again.
const ailingFor = 30 * time.Second

// note takes the outcome of the work; nil is a success.
func (a *ailing) note(err error) {
	switch {
	case err != nil:
		a.last.Store(&ailment{err, time.Now()})
	case a.last.Load() != nil:
		a.last.Store(nil)
	}
}

func (a *ailing) err() error {
	if last := a.last.Load(); last != nil && time.Since(last.at) < ailingFor {
		return last.err
	}
	return nil
}

// Health says what goes wrong in a domain that is open: its journal or its records
// cannot be written. It is nil for one that is not open. When the disk does not come
// back from a sync, neither does Health.
func (s *Store) Health(dom string) error {
	s.mu.RLock()
	r := s.rooms[dom]
	s.mu.RUnlock()
	if r == nil || r.leaving.Load() {
		return nil
	}
	if err := r.health.journal.err(); err != nil {
		return err
	}
	if err := r.health.settling.err(); err != nil {
		return err
	}
	if r.isOpen() {
		r.journal.Rev() // waits for whoever appends
	}
	return nil
}
