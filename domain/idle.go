package domain

import (
	"sync"
	"time"
)

// A domain that nobody uses costs a folder handle, its caches and its watches.
// So it is closed after a while, and opened again when it is asked for.

// closedMark in Domain.last says that the domain is closed. Every other value
// is the time of the last use, in Unix nanoseconds.
const closedMark = -1

// touch notes a use. It is false when the domain is closed, and once a second,
// so that the caller looks whether the folder is still the same.
func (d *Domain) touch() bool {
	last := d.last.Load()
	return last != closedMark && time.Now().UnixNano()-last < int64(time.Second)
}

// Use keeps the domain open until release is called (any number of times): for
// whoever holds it over a long run, a stream or a timer. It is cheap.
func (d *Domain) Use() (release func()) {
	d.refs.Add(1)
	if last := d.last.Load(); last != closedMark {
		d.last.CompareAndSwap(last, time.Now().UnixNano())
	}
	return sync.OnceFunc(func() { d.refs.Add(-1) })
}

func (r *Root) startIdle() {
	if r.opt.Idle < 0 {
		return
	}
	r.idle.Go(func() {
		tick := time.NewTicker(max(r.opt.Idle/4, time.Second))
		defer tick.Stop()
		for {
			select {
			case <-r.quit:
				return
			case now := <-tick.C:
				r.closeIdle(now.Add(-r.opt.Idle))
			}
		}
	})
}

// closeIdle closes the domains that were last used before a time.
func (r *Root) closeIdle(before time.Time) {
	r.mu.RLock()
	slots := make([]*slot, 0, len(r.slots))
	for _, s := range r.slots {
		slots = append(slots, s)
	}
	r.mu.RUnlock()
	for _, s := range slots {
		s.closeIdle(before)
	}
}

func (s *slot) closeIdle(before time.Time) {
	d := s.d.Load()
	if d == nil || d.refs.Load() > 0 || d.last.Load() > before.UnixNano() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := d.last.Load()
	if s.d.Load() != d || last > before.UnixNano() || !d.last.CompareAndSwap(last, closedMark) {
		return
	}
	if d.refs.Load() > 0 { // Use came between
		d.last.Store(time.Now().UnixNano())
		return
	}
	if err := s.close(); err != nil {
		d.log().Warn("close idle domain", "domain", d.name, "err", err)
	}
}
