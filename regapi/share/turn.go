package share

import (
	"context"
	"time"

	"github.com/caryahq/carya/domain"
)

// Work that takes long is done in turns while several domains are at work, so that who
// needs a processor for a moment finds one: half of the processors, at least one, are for
// such work, and the domains that have some take turns.
const (
	// TurnTime is how long work goes on before it gives its turn back: shorter turns make
	// others wait longer, for whoever is next has to be woken.
	TurnTime = 10 * time.Millisecond
	mostTime = 3 * TurnTime // when a turn is over although it was not given back
	recent   = time.Second  // how long a domain counts as at work

	// Quick is how long a request works before it takes turns; one of a domain that had
	// much long work lately takes them from the beginning: many at once would take all
	// processors before the first of them takes a turn.
	Quick = 20 * time.Millisecond
)

// A domain has much long work while its turns take more than a part of one processor's
// time: a quarter, but for much of it at first. It has no longer than longest.
const (
	part    = 4
	much    = 200 * time.Millisecond
	longest = time.Second
)

// turns are those of a Pool; its lock guards them.
type turns struct {
	taken   int       // turns that are not over
	waiting []*Domain // those whose queue of turns is not empty, in turn
	last    *Domain   // who entered last
	mixed   time.Time // when another domain than the one before entered last
}

// Turn is leave to work. It is to be ended when it is Until, or the work is done: a turn
// that nobody ends is over soon after, since its work may wait for something else than a
// processor. The zero Turn is over. It is for one goroutine at a time.
type Turn struct {
	Until time.Time
	begun time.Time
	of    *Domain
	over  *time.Timer // nil: it takes nothing from others
}

// Taken reports whether the turn is one of few: others have work too.
func (t *Turn) Taken() bool { return t.over != nil }

// End gives the turn back.
func (t *Turn) End() {
	if t.over != nil && t.over.Stop() {
		t.of.endTurn(time.Since(t.begun))
	}
	*t = Turn{}
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

// Quick is how long a request of the domain that begins now works before it takes turns.
func (d *Domain) Quick(now time.Time) time.Duration {
	if now.UnixNano() < d.busy.Load() {
		return 0
	}
	return Quick
}

// worked notes that a turn has taken so long. The lock is held.
func (d *Domain) worked(took time.Duration) {
	now := time.Now()
	if d.due.Before(now) {
		d.due = now
	}
	d.due = d.due.Add(part * took)
	if most := now.Add(much + longest); d.due.After(most) {
		d.due = most
	}
	if until := d.due.Add(-much); until.After(now) {
		d.busy.Store(until.UnixNano())
	}
}

// Turn waits for a turn of the domain to work; not when no other domain is at work.
func (d *Domain) Turn(ctx context.Context) (Turn, error) {
	p, now := d.pool, time.Now()
	p.mu.Lock()
	d.taken++
	p.atWork(d)
	if p.alone(now) {
		p.mu.Unlock()
		return Turn{Until: now.Add(TurnTime)}, nil
	}
	if len(p.turns.waiting) == 0 && p.turns.taken < forTurns() {
		t := d.begin(now)
		p.mu.Unlock()
		return t, nil
	}
	w := &waiter{granted: make(chan struct{})}
	if len(d.turns) == 0 {
		p.turns.waiting = append(p.turns.waiting, d)
	}
	d.turns = append(d.turns, w)
	p.mu.Unlock()
	select {
	case <-w.granted:
		return w.turn, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	if !w.has {
		p.giveUp(d, w)
	}
	p.mu.Unlock()
	w.turn.End() // granted in the very moment
	return Turn{}, domain.Wrap(ctx.Err(), "e.canceled")
}

// forTurns is how many turns there are at once.
func forTurns() int { return max(1, domain.Processors()/2) }

// begin begins a turn of the domain. The pool's lock is held.
func (d *Domain) begin(now time.Time) Turn {
	d.pool.turns.taken++
	return Turn{now.Add(TurnTime), now, d, time.AfterFunc(mostTime, func() { d.endTurn(TurnTime) })}
}

// endTurn ends a turn of the domain that has taken so long, and hands it on.
func (d *Domain) endTurn(took time.Duration) {
	p := d.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	d.worked(took)
	p.turns.taken--
	p.nextTurn()
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
	w.has, w.turn = true, d.begin(time.Now())
	close(w.granted)
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
