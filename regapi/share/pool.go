// Package share divides what a server has among its domains, so that none can take it
// from the others: the slots in which scripts run, and the memory and disk that bodies
// of requests take. Within a domain no address takes it all either.
//
// A domain may hold more slots than its share while nobody else wants them, but never
// the last quarter of all. A few slots are each domain's own beside those of all, so that
// one that is idle finds them however many others hold their whole share. Those who wait
// stand in a queue for each domain, and the queues are served in turn: a domain with one
// waiter is served as soon as one with a thousand.
package share

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// Defaults of a Pool.
const (
	DefaultSlots = 2048
	DefaultWait  = 5 * time.Second
)

// Pool holds the slots. Its fields are set before its first use. It is safe for
// concurrent use.
type Pool struct {
	Slots int           // of all domains; 0 is DefaultSlots
	Wait  time.Duration // how long a request waits for a slot; 0 is DefaultWait
	Files int           // how many files the process may open; 0: requests under way are not bounded

	mu      sync.Mutex
	used    int       // of Slots
	owned   int       // of what is the domains' own
	waiting []*Domain // those whose queue is not empty, in turn
	turns   turns
	under   map[netip.Addr]int // requests under way, by address
}

// Domain is what one domain holds. It is safe for concurrent use.
type Domain struct {
	pool   *Pool
	shares func() grant.Shares

	// guarded by the pool's lock
	used  int
	queue []*waiter
	from  map[netip.Addr]int // slots held and waited for, by address
	turns []*waiter          // for a turn
	taken int64              // turns so far
	due   time.Time          // see Domain.worked
	under int                // requests under way

	bodies
	refused [kinds]counter
	busy    atomic.Int64 // until when it has much long work, Unix ns
}

// waiter is a request in a queue.
type waiter struct {
	addr    netip.Addr
	granted chan struct{} // closed when it has its slot
	has     bool
	turn    Turn // what it has when it waited for a turn
}

// Domain makes the account of one domain; shares tells what it may hold now.
func (p *Pool) Domain(shares func() grant.Shares) *Domain {
	d := &Domain{pool: p, shares: shares, from: map[netip.Addr]int{}}
	d.bodies.d = d
	return d
}

func (p *Pool) slots() int {
	if p.Slots > 0 {
		return p.Slots
	}
	return DefaultSlots
}

func (p *Pool) wait() time.Duration {
	if p.Wait > 0 {
		return p.Wait
	}
	return DefaultWait
}

// Used is how many slots are held.
func (p *Pool) Used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used + p.owned
}

// ownPart tells which part of all slots each domain has of its own.
const ownPart = 128

// own is how many slots each domain has beside those of all.
func (p *Pool) own() int { return p.slots() / ownPart }

// share is how many slots a domain may hold while others wait.
func (d *Domain) share() int { return int(min(d.shares().Slots, int64(d.pool.slots()))) }

// may reports whether a domain may have one more slot now. The lock is held.
func (p *Pool) may(d *Domain) bool {
	free := p.slots() - p.used
	if d.used < min(p.own(), d.share()) {
		return true
	}
	if d.used < d.share() {
		return free > 0
	}
	return free > p.slots()/4 && !p.othersWait(d)
}

func (p *Pool) othersWait(d *Domain) bool {
	return len(p.waiting) > 1 || len(p.waiting) == 1 && p.waiting[0] != d
}

// take gives a domain a slot. The lock is held.
func (p *Pool) take(d *Domain) {
	p.count(d, 1)
	d.used++
}

// count counts the last of a domain's slots, n 1, or no longer, n -1.
func (p *Pool) count(d *Domain, n int) {
	last := d.used
	if n < 0 {
		last--
	}
	if last < p.own() {
		p.owned += n
	} else {
		p.used += n
	}
}

// perAddress is the part of a domain's share that one address may have.
const perAddress = 4

// ofOne is how many requests of one address may hold or wait for a slot, or send
// their body.
func (d *Domain) ofOne() int { return max(d.share()/perAddress, 8) }

// Enter takes a slot for a request from an address, the zero one for a request that
// counts against none. It waits in the domain's queue when there is no slot; e.busy
// when that is too long, e.api.limit when the address has its part already.
func (d *Domain) Enter(ctx context.Context, addr netip.Addr) error {
	p := d.pool
	p.mu.Lock()
	p.atWork(d)
	if addr.IsValid() {
		if d.from[addr] >= d.ofOne() {
			p.mu.Unlock()
			return d.refuse(Address)
		}
		d.from[addr]++
	}
	if len(d.queue) == 0 && p.may(d) {
		p.take(d)
		p.mu.Unlock()
		return nil
	}
	if len(d.queue) >= 2*d.share() {
		d.forget(addr)
		p.mu.Unlock()
		return d.refuse(Slots)
	}
	w := p.enqueue(d, addr)
	p.mu.Unlock()
	return d.await(ctx, w, p.wait())
}

// Again takes the slot of a request that has given it back for a while: it waits as
// long as its context lasts, and is not counted against its address a second time.
func (d *Domain) Again(ctx context.Context) error {
	p := d.pool
	p.mu.Lock()
	if len(d.queue) == 0 && p.may(d) {
		p.take(d)
		p.mu.Unlock()
		return nil
	}
	w := p.enqueue(d, netip.Addr{})
	p.mu.Unlock()
	return d.await(ctx, w, 0)
}

// enqueue puts a request at the end of its domain's queue. The lock is held.
func (p *Pool) enqueue(d *Domain, addr netip.Addr) *waiter {
	w := &waiter{addr: addr, granted: make(chan struct{})}
	if len(d.queue) == 0 {
		p.waiting = append(p.waiting, d)
	}
	d.queue = append(d.queue, w)
	return w
}

// await waits for a slot; limit 0 is for ever.
func (d *Domain) await(ctx context.Context, w *waiter, limit time.Duration) error {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	var err error
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		err = domain.Wrap(ctx.Err(), "e.canceled")
	case <-late:
		err = d.refuse(Slots)
	}
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	if w.has { // in the very moment
		return nil
	}
	d.pool.dequeue(d, w)
	d.forget(w.addr)
	return err
}

// dequeue takes a waiter out of its queue. The lock is held.
func (p *Pool) dequeue(d *Domain, w *waiter) {
	for i, x := range d.queue {
		if x == w {
			d.queue = append(d.queue[:i], d.queue[i+1:]...)
			break
		}
	}
	if len(d.queue) == 0 {
		p.unlist(d)
	}
}

func (p *Pool) unlist(d *Domain) {
	for i, x := range p.waiting {
		if x == d {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return
		}
	}
}

// forget ends the count of a request of an address. The lock is held.
func (d *Domain) forget(addr netip.Addr) {
	if !addr.IsValid() {
		return
	}
	if d.from[addr]--; d.from[addr] <= 0 {
		delete(d.from, addr)
	}
}

// Leave gives back the slot of a request from an address.
func (d *Domain) Leave(addr netip.Addr) {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	d.forget(addr)
	d.pool.release(d)
}

// Gone ends the count of a request whose slot was given back before (Pause).
func (d *Domain) Gone(addr netip.Addr) {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	d.forget(addr)
}

// Pause gives a slot back for a while; the request still counts for its address.
func (d *Domain) Pause() {
	d.pool.mu.Lock()
	defer d.pool.mu.Unlock()
	d.pool.release(d)
}

// release frees a slot and hands out what is free. The lock is held.
func (p *Pool) release(d *Domain) {
	p.count(d, -1)
	d.used--
	for p.serveNext() {
	}
}

// serveNext gives one slot to the first waiter of the next domain in turn that may have
// one. The lock is held.
func (p *Pool) serveNext() bool {
	for i, d := range p.waiting {
		if !p.may(d) {
			continue
		}
		w := d.queue[0]
		d.queue[0] = nil
		d.queue = d.queue[1:]
		p.take(d)
		w.has = true
		close(w.granted)
		p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
		if len(d.queue) > 0 {
			p.waiting = append(p.waiting, d)
		}
		return true
	}
	return false
}
