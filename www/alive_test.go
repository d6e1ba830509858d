package www

import (
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// A stream asks whether its session goes on; that is no use of the session.
func TestLookingDoesNotKeepASessionAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket, ref := w.signIn("xiaobai"), domain.Ref{ID: w.site().ID}
	alive := func() string {
		who, err := w.s.Alive(t.Context(), w.d, ref, ticket)
		if err == nil && (who.Name != "xiaobai" || who.Ticket != ticket) {
			t.Errorf("%+v", who)
		}
		return domain.CodeOf(err)
	}
	for range 11 {
		w.clock.add(10 * time.Minute)
		if code := alive(); code != "" {
			t.Fatal(code)
		}
	}
	w.clock.add(10*time.Minute + time.Second)
	if code := alive(); code != "e.auth.ticked.noexist" {
		t.Errorf("after two idle hours: %q", code)
	}
}
