package regapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// callers says who may what, until it is changed.
type callers struct {
	mu     sync.Mutex
	gone   bool
	other  bool
	denied bool
	asked  chan struct{} // one for each look, while there is room
}

func (c *callers) set(f func(*callers)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *callers) identify(_ context.Context, _ *domain.Domain, site domain.Ref, ticket string) (*domain.Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.asked <- struct{}{}:
	default:
	}
	if c.gone || ticket != "t" {
		return nil, domain.E("e.auth.ticked.noexist")
	}
	uid := "u"
	if c.other {
		uid = "v"
	}
	return &domain.Identity{SiteID: site.String(), Ticket: ticket, UID: uid}, nil
}

func (c *callers) can(context.Context, *domain.Domain, *domain.Identity, []string, bool) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.denied, nil
}

// lastingWorld has endpoints that wait until their context ends.
func lastingWorld(t *testing.T) (*world, *callers) {
	who := &callers{asked: make(chan struct{}, 8)}
	w := newWorld(t, func(o *Options) { o.Identify, o.Alive, o.Can = who.identify, who.identify, who.can })
	w.h.look = time.Millisecond
	w.file("secret", "token")
	w.api(
		"auth", meta(`{"http-sse":true,"http-www-auth":true}`, "wait"),
		"assert", meta(`{"http-sse":true,"pvg-assert":"a"}`, "wait"),
		"setup", meta(`{"http-sse":true,"pvg-setup":"a"}`, "wait"),
		"open", meta(`{"http-sse":true}`, "wait"),
		"token", meta(`{"http-sse":true,"api-access-token":"~/secret"}`, "wait"),
		"long", meta(`{"http-timeout":"10m","pvg-assert":"a"}`, "wait"),
	)
	return w, who
}

// open begins a request; done has its answer.
func (w *world) begin(ctx context.Context, path string) (done chan *httptest.ResponseRecorder) {
	done = make(chan *httptest.ResponseRecorder, 1)
	r := httptest.NewRequest("GET", path, nil).WithContext(ctx)
	go func() {
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		done <- rec
	}()
	return done
}

func TestAStreamEndsWithWhatLetItsCallerIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path string
		end  func(*callers)
		code string
	}{
		{"auth", func(c *callers) { c.gone = true }, "e.auth.ticked.noexist"},
		{"open", func(c *callers) { c.gone = true }, "e.auth.ticked.noexist"}, // the script may have asked
		{"auth", func(c *callers) { c.other = true }, "e.auth.ticked.noexist"},
		{"assert", func(c *callers) { c.denied = true }, "e.auth.nopvg"},
		{"setup", func(c *callers) { c.denied = true }, "e.auth.nopvg"},
		{"long", func(c *callers) { c.denied = true }, "e.auth.nopvg"},
		{"long", func(c *callers) { c.gone = true }, "e.auth.ticked.noexist"},
	} {
		w, who := lastingWorld(t)
		done := w.begin(t.Context(), "/api/demo/"+tt.path+"?ticket=t")
		for range 4 { // the guard's, and looks that change nothing
			<-who.asked
		}
		who.set(tt.end)
		rec := <-done
		if !strings.Contains(rec.Body.String(), tt.code) {
			t.Errorf("%s: %d %s, want %s", tt.path, rec.Code, rec.Body, tt.code)
		}
	}
}

func TestAStreamEndsWithItsAccessToken(t *testing.T) {
	t.Parallel()
	w, _ := lastingWorld(t)
	done := w.begin(t.Context(), "/api/demo/token?access_token=token")
	for w.h.Streams()["demo"] == 0 {
		select {
		case rec := <-done:
			t.Fatalf("%d %s", rec.Code, rec.Body)
		default:
		}
	}
	w.file("secret", "another")
	if rec := <-done; rec.Code != http.StatusUnauthorized && rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "e.api.token") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestAStreamOfNobodyLasts(t *testing.T) {
	t.Parallel()
	w, who := lastingWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := w.begin(ctx, "/api/demo/open")
	named := w.begin(ctx, "/api/demo/assert?ticket=t")
	for range 20 { // looks at the other one
		<-who.asked
	}
	select {
	case rec := <-done:
		t.Errorf("it ended: %d %s", rec.Code, rec.Body)
	default:
	}
	cancel()
	<-done
	<-named
}

func TestADomainHoldsNoMoreStreamsThanItsShare(t *testing.T) {
	t.Parallel()
	w, _ := lastingWorld(t)
	w.domain("other")
	w.file("other:.regapi/api/open", meta(`{"http-sse":true}`, "wait"))
	w.grant("demo", "share", "streams=2")
	ctx, cancel := context.WithCancel(t.Context())
	var open []chan *httptest.ResponseRecorder
	for range 2 {
		open = append(open, w.begin(ctx, "/api/demo/open"))
	}
	for w.h.Streams()["demo"] < 2 {
		select {
		case rec := <-open[0]:
			t.Fatalf("%d %s", rec.Code, rec.Body)
		default:
		}
	}
	if rec := <-w.begin(ctx, "/api/demo/open"); rec.Code != http.StatusTooManyRequests {
		t.Errorf("above the share: %d %s", rec.Code, rec.Body)
	}
	other := w.begin(ctx, "/api/other/open")
	for w.h.Streams()["other"] < 1 {
		select {
		case rec := <-other:
			t.Fatalf("another domain: %d %s", rec.Code, rec.Body)
		default:
		}
	}
	cancel()
	for _, done := range append(open, other) {
		<-done
	}
	if left := w.h.Streams(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
