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
			if turn, err := greedy.Turn(t.Context()); err != nil || time.Until(turn.Until) != TurnTime {
				t.Fatalf("alone it waits: %v %v", turn, err)
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
		time.Sleep(3 * mostTime)
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
		time.Sleep(200 * mostTime)
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
		time.Sleep(2 * mostTime)
		a.Leave(netip.Addr{})
		b.Leave(netip.Addr{})
	})
}

// A turn that is given back is another's at once; one that is kept is over all the same,
// for its work may wait for something.
func TestATurnIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{}
		a, b := p.Domain(shares(100)), p.Domain(shares(100))
		enter(t, a)
		enter(t, b)
		var held []Turn
		for range forTurns() {
			turn, err := a.Turn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, turn)
		}
		waits := func(want time.Duration) {
			t.Helper()
			begun := time.Now()
			turn, err := b.Turn(t.Context())
			if err != nil || time.Since(begun) != want {
				t.Errorf("it waits %v, want %v: %v", time.Since(begun), want, err)
			}
			turn.End()
			turn.End()
		}
		waits(mostTime)
		waits(0)
		held[0].End() // too late: it is nobody's
		if p.turns.taken != 0 {
			t.Errorf("%d turns are taken", p.turns.taken)
		}
		for range forTurns() {
			if held[0], _ = a.Turn(t.Context()); held[0].Until.IsZero() {
				t.Fatal("no turn")
			}
		}
		time.AfterFunc(time.Millisecond, func() { held[0].End() })
		waits(time.Millisecond)
		time.Sleep(2 * mostTime)
	})
}

// A domain whose turns have taken much lately takes them from the beginning, and is as good
// as any other when it has rested. A turn counts for what it has taken.
func TestMuchLongWorkTakesTurnsFromTheBeginning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{}
		a, b := p.Domain(shares(100)), p.Domain(shares(100))
		enter(t, a)
		enter(t, b)
		take := func(d time.Duration) {
			turn, err := a.Turn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
			turn.End()
		}
		take(TurnTime)
		if a.Quick(time.Now()) != Quick {
			t.Error("one long request, and all are in turns")
		}
		for range 1000 {
			take(TurnTime / 1000)
		}
		if a.Quick(time.Now()) != Quick {
			t.Error("many short turns, and all are in turns")
		}
		for range 100 {
			take(TurnTime)
		}
		if a.Quick(time.Now()) != 0 || b.Quick(time.Now()) != Quick {
			t.Errorf("after a hundred turns it has %v, another domain %v", a.Quick(time.Now()), b.Quick(time.Now()))
		}
		time.Sleep(2 * longest)
		if a.Quick(time.Now()) != Quick {
			t.Error("it never rests")
		}
	})
}

// One long run beside another domain's short requests takes turns as long as it lasts,
// not only for a moment after the two have met.
func TestALongRunTakesTurnsAsLongAsOthersAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{}
		long, other := p.Domain(shares(100)), p.Domain(shares(100))
		enter(t, long)
		for n := range 500 {
			turn, err := long.Turn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n > 10 && !turn.Taken() {
				t.Fatalf("turn %d is none", n)
			}
			time.Sleep(TurnTime)
			turn.End()
			if n%10 == 0 {
				enter(t, other)
			}
		}
	})
}
