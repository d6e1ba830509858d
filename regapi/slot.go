package regapi

import (
	"context"
	"net/netip"
	"time"

	"github.com/caryahq/carya/regapi/share"
)

// slotPatience is how long a script may wait for its client to take some of its answer
// before its slot goes to another.
const slotPatience = 50 * time.Millisecond

// slot is the request's leave to run a script.
type slot struct {
	d    *share.Domain // nil: none was taken
	addr netip.Addr

	paused bool // it was given back for a while
}

// enter takes a slot. What the owner replays counts against no address.
func (s *slot) enter(c *call) error {
	d, addr := c.share(), c.counted()
	if err := d.Enter(c.r.Context(), addr); err != nil {
		return err
	}
	s.d, s.addr = d, addr
	return nil
}

// leave gives the slot back, if there is one.
func (s *slot) leave() {
	switch {
	case s.d == nil:
	case s.paused:
		s.d.Gone(s.addr)
	default:
		s.d.Leave(s.addr)
	}
	s.d, s.paused = nil, false
}

// lend gives the slot to others when f takes longer than slotPatience, and takes one
// again when f has ended well.
func (c *call) lend(f func() error) error {
	s := &c.slot
	if s.d == nil {
		return f()
	}
	done := make(chan struct{})
	t := time.AfterFunc(slotPatience, func() {
		s.d.Pause()
		s.paused = true
		close(done)
	})
	err := f()
	if t.Stop() {
		return err
	}
	<-done
	if err != nil {
		return err
	}
	ctx, cancel := context.WithDeadline(c.r.Context(), c.deadline())
	defer cancel()
	if err := s.d.Again(ctx); err != nil {
		return err
	}
	s.paused = false
	return nil
}
