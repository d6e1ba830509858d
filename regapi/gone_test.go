package regapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/caryahq/carya/domain"
)

// leaver is a client that is gone after some bytes.
type leaver struct {
	*httptest.ResponseRecorder
	left int
}

func (l *leaver) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, syscall.ECONNRESET
	}
	return l.ResponseRecorder.Write(p)
}

// A client that leaves in the middle of its answer is no fault of the server: otherwise
// whoever wants to could fill the log.
func TestAClientThatLeavesIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("long", "big 9000000", "feed", "{\"http-sse\":true}\n%COPY:\nbig 9000000\n%END%\n", "fails", "fail e.internal 9000000")
	for _, name := range []string{"long", "feed", "fails"} {
		ask := func(left int) {
			defer func() { _ = recover() }() // the connection is cut
			w.h.ServeHTTP(&leaver{httptest.NewRecorder(), left}, httptest.NewRequest("GET", "/api/demo/"+name, nil))
		}
		ask(1 << 20)
		if log := w.log.String(); strings.Contains(log, "request failed") {
			t.Errorf("%s: %s", name, log)
		}
	}
}

// What an endpoint itself does wrong with the connection is told all the same.
func TestWhatIsNotTheClientsIsNoLeaving(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		gone bool
	}{
		{syscall.EPIPE, true}, {os.ErrDeadlineExceeded, true}, {io.ErrClosedPipe, true},
		{http.ErrContentLength, false}, {fmt.Errorf("%w", http.ErrNotSupported), false}, {domain.E("e.busy"), false}, {nil, false},
	} {
		if err := gone(c.err); (err != nil && domain.CodeOf(err) == "e.canceled") != c.gone || (err == nil) != (c.err == nil) {
			t.Errorf("%v gives %v", c.err, err)
		}
	}
}
