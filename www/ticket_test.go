package www

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/thingset"
)

func TestTicketsCanBeTypedAsWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 5000 {
		ticket := newTicket()
		if len(ticket) != 43 || strings.HasPrefix(ticket, "-") || seen[ticket] {
			t.Fatalf("ticket %q", ticket)
		}
		seen[ticket] = true
	}
}

// TestUseOfASessionIsWrittenOnceAMinute counts the store's commits.
func TestUseOfASessionIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket, api := w.signIn("xiaobai"), w.request("192.0.2.1", "")
	mark := func() thingset.Rev {
		rev, err := w.s.in(w.d).db.Commit(t.Context(), thingset.Write{Set: string(w.site().sessions), ID: "mark", Body: []byte(`{"id":"mark"}`)})
		if err != nil {
			t.Fatal(err)
		}
		return rev
	}
	use := func() {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					if _, err := api.run(`www checkme ~/www ` + ticket); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	from := mark()
	use()
	w.clock.add(59 * time.Second)
	use()
	if n := mark() - from - 1; n != 0 {
		t.Errorf("%d writes within a minute", n)
	}
	from = mark()
	w.clock.add(2 * time.Second)
	use()
	if n := mark() - from - 1; n != 1 {
		t.Errorf("%d writes after a minute, want 1", n)
	}
}

func TestSiteWhoseAccountsWentAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket, api := w.signIn("xiaobai"), w.request("192.0.2.1", "")
	w.owner().must(`rm ~/accounts/thing.json`)
	api.fails("e.www.order.nil.accounts", `www checkme ~/www `+ticket)
}
