package share

import (
	"context"
	"runtime"
	"time"

	"github.com/caryahq/carya/domain"
)

// Work that takes long is done in turns while several domains are at work, so that who
// needs a processor for a moment finds one: half of the processors, at least one, are for
// such work, and the domains that have some take turns.
const (
	Turn   = 10 * time.Millisecond // how long a turn is
	recent = time.Second           // how long a domain counts as at work
)

// turns are those of a Pool; its lock guards them.
type turns struct {
	taken   int       // turns that are not over
	waiting []*Domain // those whose queue of turns is not empty, in turn
	last    *Domain   // who entered last
	mixed   time.Time // when another domain than the one before entered last
}

// atWork notes that a domain has work. The lock is held.
func (p *Pool) atWork(d *Domain) {
	if p.turns.last != d {
		if p.turns.last != nil {
			p.turns.mixed = time.Now()
		}
		p.turns.last = d
	}
}

// alone reports whether no two domains were at work lately. The lock is held.
func (p *Pool) alone(now time.Time) bool { return now.Sub(p.turns.mixed) > recent }

// Turn waits for a turn of the domain to work, and tells when it is over; at once when no
// other domain is at work.
func (d *Domain) Turn(ctx context.Context) (until time.Time, err error) {
	p, now := d.pool, time.Now()
	p.mu.Lock()
	if p.alone(now) {
		p.mu.Unlock()
		return now.Add(Turn), nil
	}
	if len(p.turns.waiting) == 0 && p.turns.taken < forTurns() {
		p.begin()
		p.mu.Unlock()
		return now.Add(Turn), nil
	}
	w := &waiter{granted: make(chan struct{})}
	if len(d.turns) == 0 {
		p.turns.waiting = append(p.turns.waiting, d)
	}
	d.turns = append(d.turns, w)
	p.mu.Unlock()
	select {
	case <-w.granted:
		return time.Now().Add(Turn), nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.has {
		p.giveUp(d, w)
	}
	return now, domain.Wrap(ctx.Err(), "e.canceled")
}

// forTurns is how many turns there are at once.
func forTurns() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// begin begins a turn. It is over when its time is, whether its work waits for something
// or not. The lock is held.
func (p *Pool) begin() {
	p.turns.taken++
	time.AfterFunc(Turn, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.turns.taken--
		p.nextTurn()
	})
}

// nextTurn gives a turn to the next domain that waits for one. The lock is held.
func (p *Pool) nextTurn() {
	if len(p.turns.waiting) == 0 {
		return
	}
	d := p.turns.waiting[0]
	w := d.turns[0]
	d.turns = d.turns[1:]
	p.turns.waiting = p.turns.waiting[1:]
	if len(d.turns) > 0 {
		p.turns.waiting = append(p.turns.waiting, d)
	}
	w.has = true
	close(w.granted)
	p.begin()
}

// giveUp takes one that waits for a turn out of its queue. The lock is held.
func (p *Pool) giveUp(d *Domain, w *waiter) {
	for i, x := range d.turns {
		if x == w {
			d.turns = append(d.turns[:i], d.turns[i+1:]...)
			break
		}
	}
	if len(d.turns) > 0 {
		return
	}
	for i, x := range p.turns.waiting {
		if x == d {
			p.turns.waiting = append(p.turns.waiting[:i], p.turns.waiting[i+1:]...)
			return
		}
	}
}
