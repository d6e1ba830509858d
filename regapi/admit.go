package regapi

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/caryahq/carya/regapi/share"
)

// The order in which a request comes in: its guard, then its body, then a slot to run in.
// A request that the guard refuses has cost no more than its head and 64 KiB of its
// body; one whose body comes slowly holds no slot; one whose client does not take its
// answer gives its slot back.

// How long the rest of a body is waited for that is not wanted: of a request that the
// guard refused, whose client may go on with the connection; of one for which there is no
// room, and whose connection is closed.
const (
	unreadTime = time.Second
	closeTime  = 100 * time.Millisecond
)

// admit guards the request and takes its body.
func (c *call) admit() error {
	c.hold = c.share().Hold()
	c.guarding = true
	err := c.guard()
	c.guarding = false
	if err != nil {
		c.unread()
		return err
	}
	return c.receive()
}

// under counts the request among those under way of its domain, until its end; when there
// are too many it is refused, and false.
func (c *call) under() bool {
	done, err := c.share().Begin(c.counted())
	if err != nil {
		c.fail(err)
		return false
	}
	c.over = done
	return true
}

// share is the account of the request's domain.
func (c *call) share() *share.Domain { return c.h.mount(c.d).share }

// hasBody reports whether the request may have a body.
func (c *call) hasBody() bool { return c.r.Body != nil && c.r.Body != http.NoBody }

// receive takes the whole body, before any script waits for it.
func (c *call) receive() error {
	if !c.hasBody() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readBody()
}

// counted is the address that the request counts for; none where addresses are not
// limited, or the owner replays it.
func (c *call) counted() netip.Addr {
	if !c.h.opt.Limits || c.trace != nil && c.trace.replay {
		return netip.Addr{}
	}
	return c.addr
}

// unread bounds how long net/http waits for the rest of a body that nobody wants, before
// it answers.
func (c *call) unread() {
	if c.hasBody() {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(unreadTime))
	}
}

// closeNow answers without the body, and closes the connection.
func (c *call) closeNow() {
	c.w.Header()["Connection"] = closing
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(closeTime))
}

var closing = []string{"close"}
