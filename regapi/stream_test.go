package regapi

import (
	"context"
	"net/netip"
	"testing"

	"github.com/caryahq/carya/domain"
)

func TestStreamsAreBoundedPerAddressAndInAll(t *testing.T) {
	t.Parallel()
	var s streams
	s.open()
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }
	var leave []func()
	for range streamsOfOne {
		l, ok := s.enter("a", 1<<40, addr(0), true)
		if !ok {
			t.Fatal("refused too early")
		}
		leave = append(leave, l)
	}
	if _, ok := s.enter("a", 1<<40, addr(0), true); ok {
		t.Error("one address has more than its share")
	}
	if l, ok := s.enter("a", 1<<40, addr(0), false); !ok {
		t.Error("without limits it is refused")
	} else {
		l()
	}
	for i := 1; s.n < streamsInAll; i++ {
		if l, ok := s.enter("a", 1<<40, addr(i), true); ok {
			leave = append(leave, l)
		}
	}
	if _, ok := s.enter("a", 1<<40, addr(5000), true); ok {
		t.Error("there are more than all")
	}
	for i := range streamsOwn { // nobody takes these from a domain that was idle
		l, ok := s.enter("b", 1<<40, addr(5000+i), true)
		if !ok {
			t.Fatalf("another domain has %d streams and no more", i)
		}
		leave = append(leave, l)
	}
	if _, ok := s.enter("b", 1<<40, addr(6000), true); ok {
		t.Error("there are more than all, and those of one's own")
	}
	for _, l := range leave {
		l()
	}
	if s.n != 0 || len(s.from) != 0 || len(s.of) != 0 {
		t.Errorf("left: %d, %v, %v", s.n, s.from, s.of)
	}
}

func TestHowAStreamEndsAtItsTime(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"e.canceled": true, "e.timeout": true, "e.store.closed": true, "e.internal": false, "e.thing.match": false} {
		if ended(domain.E(code)) != want {
			t.Errorf("%s: %v", code, !want)
		}
	}
	var s streams
	s.open()
	s.end()
	if s.ctx.Err() != context.Canceled {
		t.Error("a stream that comes late goes on")
	}
}

func TestAStreamIsHeadersOnlyForHEAD(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("feed", "{\"http-sse\":true}\n%COPY:\n"+plain+"'data: 1'\n%END%\n", "bad", "{\"http-sse\":\"often\"}\n%COPY:\n"+plain+"x\n%END%\n")
	w.scenarios(t, []scenario{
		{name: "stream", request: request{url: "/api/demo/feed"}, status: 200, equals: "data: 1", has: []string{"Content-Type: text/event-stream; charset=utf-8", "X-Accel-Buffering: no", "Cache-Control: no-store"}},
		{name: "head", request: request{method: "HEAD", url: "/api/demo/feed"}, status: 200, has: []string{"Content-Type: text/event-stream"}},
		{name: "not a flag", request: request{url: "/api/demo/bad"}, status: 500},
	})
}
