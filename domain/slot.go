package domain

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A slot is the place of one domain in its root: opened on first use, kept,
// closed when idle, opened again.
type slot struct {
	mu    sync.Mutex // opening and closing
	d     atomic.Pointer[Domain]
	swept bool
}

// Domain is the domain of that name, opened on first use. Unknown names are
// e.domain.noexists. Whoever keeps the Domain for longer than a request holds
// it by Domain.Use.
func (r *Root) Domain(name string) (*Domain, error) {
	r.mu.RLock()
	s, closed := r.slots[name], r.closed
	r.mu.RUnlock()
	if closed {
		return nil, E("e.domain.closed", name)
	}
	if s != nil {
		if d := s.d.Load(); d != nil && d.touch() {
			return d, nil
		}
	}
	return r.reopen(name)
}

// reopen is the slow way: the first use, the first after an idle closing, or
// once a second to see that the folder is still the same one.
func (r *Root) reopen(name string) (*Domain, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	info, err := r.files.Lstat(name)
	if err != nil || !info.IsDir() {
		r.forget(name)
		return nil, E("e.domain.noexists", name)
	}
	s, err := r.slot(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.d.Load(); d != nil {
		if os.SameFile(info, d.info) {
			d.last.Store(time.Now().UnixNano())
			return d, nil
		}
		s.close()
	}
	return r.fill(s, name)
}

// fill opens the domain into its slot, which is locked.
func (r *Root) fill(s *slot, name string) (*Domain, error) {
	r.mu.RLock()
	closed := r.closed
	r.mu.RUnlock()
	if closed {
		return nil, E("e.domain.closed", name)
	}
	d, err := openDomain(r, name)
	if err != nil {
		return nil, err
	}
	if r.opt.OnOpen != nil {
		if err := r.opt.OnOpen(d); err != nil {
			d.close()
			return nil, err
		}
	}
	if !s.swept && !r.opt.Shared {
		s.swept = true
		d.startSweep()
	}
	s.d.Store(d)
	return d, nil
}

func (r *Root) slot(name string) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, E("e.domain.closed", name)
	}
	s := r.slots[name]
	if s == nil {
		s = &slot{}
		r.slots[name] = s
	}
	return s, nil
}

// forget closes a domain whose folder is gone.
func (r *Root) forget(name string) {
	r.mu.RLock()
	s := r.slots[name]
	r.mu.RUnlock()
	if s != nil {
		s.shut()
	}
}

// shut closes the slot's domain when it is open.
func (s *slot) shut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close()
}

func (s *slot) close() error {
	d := s.d.Swap(nil)
	if d == nil {
		return nil
	}
	return d.close()
}
