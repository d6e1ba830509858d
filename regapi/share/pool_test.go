package share

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

func shares(slots int64) func() grant.Shares {
	s := grant.DefaultShares()
	s.Slots = slots
	return func() grant.Shares { return s }
}

func address(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}) }

// enter takes a slot that must be there.
func enter(t *testing.T, d *Domain) {
	t.Helper()
	if err := d.Enter(t.Context(), netip.Addr{}); err != nil {
		t.Fatal(err)
	}
}

// later asks for a slot and tells when it has it.
func later(d *Domain, order chan<- string, name string) {
	go func() {
		if d.Enter(context.Background(), netip.Addr{}) == nil {
			order <- name
		}
	}()
	synctest.Wait()
}

// A domain has what others leave, but never the last quarter of all, and beyond its
// share nothing while another waits.
func TestADomainBeyondItsShareLeavesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{Slots: 8}
		greedy, other := p.Domain(shares(2)), p.Domain(shares(4))
		for range 6 {
			enter(t, greedy)
		}
		if err := greedy.Enter(t.Context(), netip.Addr{}); domain.CodeOf(err) != "e.busy" {
			t.Errorf("the last quarter: %v", err)
		}
		enter(t, other)
		enter(t, other)
		order := make(chan string, 2)
		later(greedy, order, "greedy")
		later(other, order, "other")
		greedy.Leave(netip.Addr{})
		synctest.Wait()
		if got := <-order; got != "other" || len(order) != 0 {
			t.Errorf("%s is served, and %d more", got, len(order))
		}
		for range 4 {
			greedy.Leave(netip.Addr{})
		}
		synctest.Wait()
		if len(order) != 1 || p.Used() != 5 {
			t.Errorf("%d more are served, %d slots held", len(order), p.Used())
		}
	})
}

// However many domains take all that they can within their shares, and keep it, one that
// was idle finds a slot at once, and others after it.
func TestAnIdleDomainFindsASlotHoweverManyAreBusy(t *testing.T) {
	t.Parallel()
	for _, busy := range []int{1, 8, 9, 50, 200} {
		synctest.Test(t, func(t *testing.T) {
			p := &Pool{}
			for range busy {
				d := p.Domain(shares(256))
				for d.Enter(t.Context(), netip.Addr{}) == nil {
				}
			}
			idle, begun := p.Domain(shares(256)), time.Now()
			enter(t, idle)
			enter(t, p.Domain(shares(256)))
			if waited := time.Since(begun); waited > 0 {
				t.Errorf("beside %d busy domains the slots came after %v", busy, waited)
			}
		})
	}
}

// One waiter of a domain is served as soon as a thousand of another.
func TestQueuesAreServedInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{Slots: 1, Wait: time.Minute}
		a, b, c := p.Domain(shares(100)), p.Domain(shares(100)), p.Domain(shares(100))
		order := make(chan string, 10)
		enter(t, a)
		for _, w := range []struct {
			d    *Domain
			name string
		}{{a, "a1"}, {a, "a2"}, {b, "b1"}, {c, "c1"}, {b, "b2"}} {
			if w.name == "b2" {
				continue
			}
			later(w.d, order, w.name)
		}
		got := ""
		for _, d := range []*Domain{a, a, b, c} {
			d.Leave(netip.Addr{})
			got += <-order + " "
		}
		if got != "a1 b1 c1 a2 " {
			t.Error(got)
		}
	})
}

// Who waits too long, or leaves, is forgotten; the queue has an end.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{Slots: 1}
		d := p.Domain(shares(1))
		enter(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Enter(ctx, address(1)) }()
		synctest.Wait()
		go func() { done <- d.Enter(t.Context(), address(1)) }()
		synctest.Wait()
		if err := d.Enter(t.Context(), address(1)); domain.CodeOf(err) != "e.busy" {
			t.Errorf("the queue has no end: %v", err)
		}
		cancel()
		if err := <-done; domain.CodeOf(err) != "e.canceled" {
			t.Error(err)
		}
		begun := time.Now()
		if err := <-done; domain.CodeOf(err) != "e.busy" || time.Since(begun) != DefaultWait {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		u := d.Usage()
		if u.Slots != 1 || u.Queue != 0 || u.Refused[Slots] != 2 || len(d.from) != 0 || len(p.waiting) != 0 {
			t.Errorf("%+v %v %v", u, d.from, p.waiting)
		}
	})
}

// One address has no more than its part of a domain.
func TestAnAddressHasItsPart(t *testing.T) {
	t.Parallel()
	p := &Pool{}
	d := p.Domain(shares(64))
	for range 16 {
		if err := d.Enter(t.Context(), address(1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Enter(t.Context(), address(1)); domain.CodeOf(err) != "e.api.limit" {
		t.Error(err)
	}
	if err := d.Enter(t.Context(), address(2)); err != nil {
		t.Error(err)
	}
	d.Pause()
	if err := d.Enter(t.Context(), address(1)); domain.CodeOf(err) != "e.api.limit" {
		t.Errorf("a slot that is lent: %v", err)
	}
	d.Gone(address(1))
	if err := d.Enter(t.Context(), address(1)); err != nil {
		t.Error(err)
	}
	if u := d.Usage(); u.Slots != 17 || u.Refused[Address] != 2 {
		t.Errorf("%+v", u)
	}
}

// Whatever many requests do at once, no more slots are held than there are, and in the
// end none is.
func TestSlotsAddUp(t *testing.T) {
	t.Parallel()
	p := &Pool{Slots: 10, Wait: time.Minute}
	var domains []*Domain
	for i := range 4 {
		domains = append(domains, p.Domain(shares(int64(1+2*i))))
	}
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			d, a := domains[n%4], address(n%7)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if r.IntN(4) == 0 {
				go cancel()
			}
			if d.Enter(ctx, a) != nil {
				return
			}
			if used := p.Used(); used > 10 {
				t.Errorf("%d slots are held", used)
			}
			if r.IntN(2) == 0 {
				d.Pause()
				if d.Again(ctx) != nil {
					d.Gone(a)
					return
				}
			}
			d.Leave(a)
		})
	}
	all.Wait()
	for i, d := range domains {
		if u := d.Usage(); u.Slots != 0 || u.Queue != 0 || len(d.from) != 0 {
			t.Errorf("%d: %+v %v", i, u, d.from)
		}
	}
	if p.Used() != 0 || len(p.waiting) != 0 {
		t.Errorf("%d held, %d waiting", p.Used(), len(p.waiting))
	}
}

func TestBodiesHaveTheirShare(t *testing.T) {
	t.Parallel()
	p := &Pool{}
	s := grant.Shares{Slots: 8, Body: 1000, Disk: 3000}
	d := p.Domain(func() grant.Shares { return s })
	one, two := d.Hold(), d.Hold()
	if !one.Memory(600) || two.Memory(600) || !two.Memory(400) || one.Memory(1) {
		t.Errorf("memory: %+v", d.Usage())
	}
	if err := one.Disk(3000); err != nil {
		t.Error(err)
	}
	if err := two.Disk(1); domain.CodeOf(err) != "e.busy" {
		t.Errorf("disk: %v", err)
	}
	two.Give(100)
	if u := d.Usage(); u.Memory != 900 || !two.Memory(100) {
		t.Errorf("a part is given back: %+v", u)
	}
	one.GiveDisk(1000)
	if u := d.Usage(); u.Disk != 2000 || two.Disk(1000) != nil {
		t.Errorf("a part is given back: %+v", u)
	}
	two.Give(5000)
	two.GiveDisk(5000)
	if u := d.Usage(); u.Memory != 600 || u.Disk != 2000 || !two.Memory(400) {
		t.Errorf("more than is held is given back: %+v", u)
	}
	one.Free()
	if u := d.Usage(); u.Memory != 400 || u.Disk != 0 || u.Refused[Disk] != 1 {
		t.Errorf("%+v", u)
	}
	var done []func()
	s.Slots = 16
	for n := range 16 {
		f, err := d.Receive(address(n / 8))
		if err != nil {
			t.Fatal(n, err)
		}
		done = append(done, f)
	}
	if _, err := d.Receive(address(1)); domain.CodeOf(err) != "e.api.limit" {
		t.Errorf("one address: %v", err)
	}
	if _, err := d.Receive(address(9)); domain.CodeOf(err) != "e.busy" {
		t.Errorf("all: %v", err)
	}
	for _, f := range done {
		f()
	}
	if u := d.Usage(); u.Coming != 0 || len(d.by) != 0 {
		t.Errorf("%+v %v", u, d.by)
	}
	var nothing Hold
	if !nothing.Memory(1<<40) || nothing.Disk(1<<40) != nil {
		t.Error("a hold of no domain is bounded")
	}
	if fmt.Sprint(Kinds()) != "[slots address coming memory disk requests]" {
		t.Error(Kinds())
	}
}

func BenchmarkEnterAndLeave(b *testing.B) {
	p := &Pool{}
	d := p.Domain(shares(256))
	b.ReportAllocs()
	for b.Loop() {
		if d.Enter(b.Context(), address(1)) != nil {
			b.Fatal()
		}
		d.Leave(address(1))
	}
}
