package regapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Where a request goes:
//
//	/api/<domain>/auth/site     ~/.regapi/api/auth/site
//	/www/<domain>/index.html    ~/www/index.html
//
// and on a host name that is mapped to a domain, which reaches no other one:
//
//	/api/auth/site              ~/.regapi/api/auth/site
//	/index.html                 ~/www/index.html

// dispatch finds what answers.
func (c *call) dispatch() {
	path := c.r.URL.Path
	if c.r.URL.RawPath != "" {
		path, c.match.escaped = c.r.URL.RawPath, true
	}
	path, ok := strings.CutPrefix(path, "/")
	if !ok {
		c.refuse(domain.E("e.api.noexists"))
		return
	}
	if d, ok := c.h.opt.Root.ByHost(c.r.Host); ok {
		c.d, c.mapped = d, true
		c.speak()
		c.protect()
		if c.under() {
			c.onOwnHost(path)
		}
		return
	}
	c.protect()
	c.onSharedHost(path)
}

func (c *call) onSharedHost(path string) {
	first, rest, _ := strings.Cut(path, "/")
	name, rest, deeper := strings.Cut(rest, "/")
	d, err := c.h.opt.Root.Domain(c.match.decode(name))
	if err != nil {
		c.refuse(unknownDomain(err))
		return
	}
	c.d = d
	c.speak()
	if !c.under() {
		return
	}
	if first == "www" {
		c.page(rest, !deeper)
		return
	}
	if f := c.find(first, rest, ""); f != nil {
		c.serve(f)
		return
	}
	if first == "api" && c.document(rest) {
		return
	}
	c.lost(first, rest)
}

// unknownDomain hides why a domain is none.
func unknownDomain(err error) error {
	switch e := domain.AsError(err); e.Kind {
	case domain.NotFound, domain.Invalid:
		return domain.E("e.api.noexists")
	default:
		return err
	}
}

func (c *call) onOwnHost(path string) {
	first, rest, _ := strings.Cut(path, "/")
	name, below, deeper := strings.Cut(rest, "/")
	own := c.match.decode(name) == c.d.Name()
	if !own {
		name = ""
	}
	if f := c.find(first, rest, name); f != nil {
		c.serve(f)
		return
	}
	switch {
	case first == "api" && c.document(documentPath(rest, below, own)):
	case first == "www" && own:
		c.page(below, !deeper)
	case first == "api" || c.h.mount(c.d).current(c.begun).root.kids[first] != nil:
		c.lost(first, documentPath(rest, below, own))
	default:
		c.page(path, false)
	}
}

// find looks for an endpoint, the second time without the domain's name when
// the path begins with it.
func (c *call) find(first, path, name string) *leaf {
	m := c.h.mount(c.d)
	if c.trace != nil && c.trace.replay {
		m.reload() // its owner has just saved it, as likely as not
	}
	t := m.current(c.begun)
	f := c.lookup(t, first, path, name)
	switch v := verbOf(c.r.Method); {
	case f != nil && (v == noVerb || f.by[v] != nil):
		if m.settled(f, c.begun) {
			return f
		}
	case first != "api" && t.root.kids[first] == nil: // a page, as a rule
		return f
	case !m.missed(t, c.match, first, path) && (name == "" || !m.missed(t, c.match, first, below(path, name))):
		return f
	}
	return c.lookup(m.current(c.begun), first, path, name)
}

func (c *call) lookup(t *table, first, path, name string) *leaf {
	escaped := c.match.escaped
	c.match = match{escaped: escaped}
	f := t.find(&c.match, first, path)
	if f == nil && name != "" {
		c.match = match{escaped: escaped}
		f = t.find(&c.match, first, below(path, name))
	}
	return f
}

// below is the path without the domain's name when it may begin with it.
func below(path, name string) string {
	if name != "" {
		_, path, _ = strings.Cut(path, "/")
	}
	return path
}

// serve answers by an endpoint.
func (c *call) serve(f *leaf) {
	v := verbOf(c.r.Method)
	if c.r.Method == http.MethodOptions {
		v = verbOf(c.r.Header.Get("Access-Control-Request-Method"))
	}
	if v == noVerb || f.by[v] == nil {
		c.noMethod(f)
		return
	}
	c.ep = f.by[v]
	if c.r.Method == http.MethodOptions {
		if c.limit(nil) {
			c.cors()
			c.preflight(f)
		}
		return
	}
	c.traceEndpoint()
	if !c.limit(c.ep) {
		return
	}
	c.cors()
	c.execute()
}

// noMethod answers OPTIONS, and a method that nothing takes here.
func (c *call) noMethod(f *leaf) {
	c.folder = f.shape()
	if !c.limit(nil) {
		return
	}
	c.w.Header()["Allow"] = f.allow
	if c.r.Method != http.MethodOptions {
		c.fail(domain.E("e.api.method"))
		return
	}
	c.noContent()
}

// noContent answers 204.
func (c *call) noContent() {
	c.out.status = http.StatusNoContent
	c.w.WriteHeader(http.StatusNoContent)
}

// execute guards and runs the endpoint, and sends what came of it.
func (c *call) execute() {
	if c.ep.script == nil {
		c.fail(domain.E("e.api.load", c.ep.file))
		return
	}
	if err := c.admit(); err != nil {
		c.fail(err)
		return
	}
	if c.ep.settings.sse {
		c.streamEvents()
		return
	}
	if c.fromCache() {
		c.record()
		if c.trace != nil {
			c.trace.t.Cached = true
		}
		return
	}
	if err := c.slot.enter(c); err != nil {
		c.fail(err)
		return
	}
	c.out.open(c.ep)
	err := c.runGuarded()
	c.slot.leave()
	c.out.finish(err)
	if err == nil {
		c.record()
	}
}

// refuse answers a request that reached no endpoint.
func (c *call) refuse(err error) {
	if c.limit(nil) {
		c.fail(err)
	}
}

// escapedPath is a path as a Location header takes it.
func escapedPath(p string) string { return (&url.URL{Path: p}).EscapedPath() }
