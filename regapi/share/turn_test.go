package share

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caryahq/carya/domain"
)

// Long work is done in turns while several domains are at work: however much of it one
// has, another waits for one turn, and turns end by themselves.
func TestLongWorkIsDoneInTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{}
		greedy, other := p.Domain(shares(100)), p.Domain(shares(100))
		enter(t, greedy)
		for range 50 {
			if until, err := greedy.Turn(t.Context()); err != nil || time.Until(until) != Turn {
				t.Fatalf("alone it waits: %v %v", until, err)
			}
		}
		time.Sleep(2 * recent)
		enter(t, other)
		done := make(chan string, 200)
		for range 100 {
			go func() {
				if _, err := greedy.Turn(t.Context()); err == nil {
					done <- "greedy"
				}
			}()
		}
		synctest.Wait()
		begun := len(done)
		if begun != forTurns() {
			t.Errorf("%d turns at once, want %d", begun, forTurns())
		}
		go func() {
			if _, err := other.Turn(t.Context()); err == nil {
				done <- "other"
			}
		}()
		synctest.Wait()
		time.Sleep(3 * Turn)
		synctest.Wait()
		seen := 0
		for range len(done) {
			if <-done == "other" {
				seen++
			}
		}
		if seen != 1 {
			t.Error("one that waits for a turn has none after two")
		}
		time.Sleep(200 * Turn)
		synctest.Wait()
		if p.turns.taken != 0 || len(p.turns.waiting) != 0 || len(greedy.turns) != 0 {
			t.Errorf("left: %+v", p.turns)
		}
	})
}

// Who gives up waiting for a turn is forgotten.
func TestWaitingForATurnEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{}
		a, b := p.Domain(shares(100)), p.Domain(shares(100))
		enter(t, a)
		enter(t, b)
		for range forTurns() {
			if _, err := a.Turn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { _, err := a.Turn(ctx); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; domain.CodeOf(err) != "e.canceled" || len(p.turns.waiting) != 0 || len(a.turns) != 0 {
			t.Errorf("%v %+v", err, p.turns)
		}
		time.Sleep(2 * Turn)
		a.Leave(netip.Addr{})
		b.Leave(netip.Addr{})
	})
}
