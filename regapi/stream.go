package regapi

import (
	"context"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// Streams of events (http-sse): answers that last.

const (
	streamTime    = time.Hour        // then the client connects again, and is asked who it is
	streamStall   = 30 * time.Second // how long a client may take no byte
	streamsInAll  = 1024             // of all domains
	streamsOwn    = 16               // of each domain, beside those of all: nobody takes them
	streamsOfOne  = 32               // of one address; of a domain the operator says how many
	eventStream   = "text/event-stream; charset=utf-8"
	unboundedSize = 1 << 62
)

// streams counts the open streams, and ends them all when the server stops.
type streams struct {
	ctx context.Context
	end context.CancelFunc

	mu   sync.Mutex
	n    int // of streamsInAll
	from map[netip.Addr]int
	of   map[string]int // by domain
}

func (s *streams) open() {
	s.ctx, s.end = context.WithCancel(context.Background())
	s.from, s.of = map[netip.Addr]int{}, map[string]int{}
}

// EndStreams ends all streams of events, also those that are still to come: the
// server stops. Other requests are served on.
func (h *Handler) EndStreams() { h.streams.end() }

// enter counts a stream of a domain, which may have so many, and of an address, any
// when perAddr is false; ok is false when there are too many.
func (s *streams) enter(dom string, share int64, a netip.Addr, perAddr bool) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[dom] >= streamsOwn && s.n >= streamsInAll || int64(s.of[dom]) >= share || perAddr && s.from[a] >= streamsOfOne {
		return nil, false
	}
	if s.of[dom] >= streamsOwn {
		s.n++
	}
	s.from[a]++
	s.of[dom]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.of[dom] > streamsOwn {
			s.n--
		}
		if s.from[a]--; s.from[a] == 0 {
			delete(s.from, a)
		}
		if s.of[dom]--; s.of[dom] == 0 {
			delete(s.of, dom)
		}
	}, true
}

// Streams are how many streams of events are open, by domain; one without any is not
// named.
func (h *Handler) Streams() map[string]int {
	h.streams.mu.Lock()
	defer h.streams.mu.Unlock()
	return maps.Clone(h.streams.of)
}

// limits are those of a run of the endpoint.
func (ep *endpoint) limits() shell.Limits {
	l := shell.Limits{Time: ep.settings.timeout}
	if ep.settings.sse {
		l.Output = unboundedSize
		if l.Time == 0 {
			l.Time = streamTime
		}
	}
	return l
}

// streamEvents runs an endpoint whose output is a stream of events.
func (c *call) streamEvents() {
	leave, ok := c.h.streams.enter(c.d.Name(), c.d.Grants().Shares.Streams, c.addr, c.h.opt.Limits)
	if !ok {
		c.fail(domain.E("e.api.limit", domain.Text{ZH: "流过多", EN: "too many streams"}))
		return
	}
	defer leave()
	c.out.open(c.ep)
	h := c.w.Header()
	h["Content-Type"], h["X-Accel-Buffering"] = []string{eventStream}, []string{"no"}
	if c.r.Method == http.MethodHead {
		c.out.finish(nil)
		return
	}
	ctx, cancel := c.lasting(c.r.Context())
	defer cancel()
	defer context.AfterFunc(c.h.streams.ctx, cancel)()
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{}) // the request has come; the answer may last
	err := c.run(ctx)
	if !c.out.started {
		err = ofPass(ctx, err)
	} else if ended(err) {
		err = nil // the client connects again
	}
	c.out.finish(err)
}

// ended tells the ways in which a stream ends at its time.
func ended(err error) bool {
	switch domain.CodeOf(err) {
	case "e.canceled", "e.timeout", "e.store.closed", "e.domain.closed":
		return true
	}
	return false
}

// hurry gives the client of an answer that lasts a while to take what comes next.
func (c *call) hurry() {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(streamStall))
}
