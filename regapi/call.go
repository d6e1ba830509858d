package regapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
	"github.com/caryahq/carya/shell"
)

// call is one request on its way through the engine. It is used again for
// another request when its own has ended.
type call struct {
	h *Handler
	w http.ResponseWriter
	r *http.Request
	d *domain.Domain

	id     string
	addr   netip.Addr // what limits count
	secure bool       // the client speaks TLS
	mapped bool       // the host name is the domain's own
	lang   domain.Lang
	begun  time.Time

	ep     *endpoint
	folder envelopeRule // where there is no endpoint
	match  match
	out    answer
	env    shell.Env
	req    domain.Request

	mu       sync.Mutex // guards what is made on first use
	body     body
	hold     share.Hold // of the domain\'s memory and disk, until the request ends
	slot     slot
	over     func()    // ends its count among those under way; nil: it has not begun
	work     share.Run // what the script has of its domain's share
	charge   charge    // its methods
	form     formState
	cookies  []*http.Cookie
	queryAt  map[string]string // of a long query; see sentQuery
	who      signin
	loaded   map[string]shell.Value // preloads
	guarding bool                   // no more than the head of the body may be read
	rights   []bool                 // of pvg-setup, in its order
	held     bool                   // the run ends with what let the caller in

	trace *tracing // nil unless somebody traces the request
}

// newCall makes a call with the parts that serve every request.
func newCall(h *Handler) *call {
	c := &call{h: h}
	c.req.Header = c.headerValue
	c.req.Body = c.openBody
	c.req.Form = c.formParams
	c.req.Identity = c.identity
	c.req.Lasting = c.lasting
	c.req.Device, c.req.SetDevice = c.device, c.setDevice
	c.env.Vars = c
	c.env.Request = &c.req
	c.env.Out = &c.out
	c.out.c = c
	c.work.Wait = c.waiting
	c.charge = chargeFor(&c.work)
	return c
}

// begin takes a request.
func (c *call) begin(w http.ResponseWriter, r *http.Request) {
	c.w, c.r, c.begun = w, r, time.Now()
	c.id = domain.NewID()
	c.lang = acceptLang(r.Header["Accept-Language"])
	c.peer()
	h := w.Header()
	h["X-Request-Id"] = []string{c.id}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = noStore
}

// Header values that all answers share.
var (
	nosniff  = []string{"nosniff"}
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json; charset=utf-8"}
	textType = []string{"text/plain; charset=utf-8"}
)

// peer finds out who calls: the connection's other end, or whom a trusted proxy
// names.
func (c *call) peer() {
	c.secure = c.r.TLS != nil
	c.req.Remote, _, _ = net.SplitHostPort(c.r.RemoteAddr)
	if !c.h.opt.Limits && c.h.opt.Proxies == nil {
		return // nobody asks for the address in another form
	}
	ap, err := netip.ParseAddrPort(c.r.RemoteAddr)
	addr := ap.Addr().Unmap()
	switch {
	case err == nil && c.h.trusts(addr):
		addr = c.forwarded(addr)
	case isNear(addr) && c.h.opt.Limits:
		c.h.proxy.seen(c, addr)
	}
	c.addr = limitAddr(addr)
}

// end ends the request: a panic is an internal error, the log gets its line,
// and the call is free for another request.
func (c *call) end() {
	p := recover()
	if p != nil && p != http.ErrAbortHandler {
		c.h.log.Error("panic", "request", c.id, "domain", c.domainName(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if !c.out.started {
			c.fail(domain.E("e.internal"))
			p = nil
		} else {
			p = http.ErrAbortHandler
		}
	}
	c.slot.leave()
	if c.over != nil {
		c.over()
	}
	c.logAccess()
	c.count()
	if c.trace != nil {
		c.trace.finish()
	}
	c.body.close()
	c.hold.Free()
	c.work.End()
	c.out.held.Free()
	if p != nil {
		panic(p)
	}
	c.release()
}

// count tells of the request that it was answered.
func (c *call) count() {
	if c.h.opt.Served == nil {
		return
	}
	c.h.opt.Served(Served{Domain: c.domainName(), Status: c.out.status, Took: time.Since(c.begun)})
}

// domainName is the name of the request's domain, "" when it is for none.
func (c *call) domainName() string {
	if c.d == nil {
		return ""
	}
	return c.d.Name()
}

// release forgets the request and gives the call back.
func (c *call) release() {
	c.w, c.r, c.d, c.ep = nil, nil, nil, nil
	c.match, c.folder = match{}, envelopeRule{}
	c.mapped, c.guarding, c.held = false, false, false
	c.env.Domain = nil
	c.req.Len = 0
	c.form.reset()
	c.cookies, c.queryAt = nil, nil
	c.who, c.slot, c.over = signin{}, slot{}, nil
	c.hold, c.work.Of = share.Hold{}, nil
	c.loaded, c.rights = nil, c.rights[:0]
	c.trace, c.env.Vars, c.env.Trace = nil, c, nil
	c.out.reset()
	c.h.calls.Put(c)
}

// run runs the endpoint's script.
func (c *call) run(ctx context.Context) error {
	c.req.ID, c.req.Method = c.id, c.method()
	c.req.Path, c.req.RawQuery = c.path(), c.r.URL.RawQuery
	c.env.Domain, c.env.Who, c.env.Lang = c.d, domain.API, c.lang
	c.env.Limits = c.ep.limits()
	c.work.Of = c.share()
	if c.env.Limits.Time > longRun {
		defer c.d.Use()() // shorter ones end before an idle domain is closed
	}
	c.work.Begin()
	defer c.work.Rest()
	c.charge.to(&c.env)
	if c.ep.settings.sse {
		c.env.Sharing = nil // a stage that waits for events must not keep the others waiting
	}
	if c.trace != nil {
		c.trace.attach(&c.env)
	}
	if err := c.ready(); err != nil {
		return err
	}
	return c.ep.script.Run(ctx, &c.env)
}

// longRun is a time within which no domain that was just used is closed.
const longRun = time.Minute

// method is the request's method as scripts see it: HEAD runs as GET.
func (c *call) method() string {
	if c.r.Method == http.MethodHead {
		return http.MethodGet
	}
	return c.r.Method
}

// path is the URL's path as it was sent.
func (c *call) path() string {
	if c.r.URL.RawPath != "" {
		return c.r.URL.RawPath
	}
	return c.r.URL.EscapedPath()
}
