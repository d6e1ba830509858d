package regapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
)

// guard says whether the request may come in; its errors are the engine's.
func (c *call) guard() error {
	if c.tooLarge() {
		c.dropBody()
		return domain.E("e.api.body.toolarge", domain.Textf("上限是 %v 字节", "the limit is %v bytes", c.maxBody()))
	}
	if err := form.CheckQuery(c.r.URL.RawQuery); err != nil {
		return err
	}
	if err := c.sameOrigin(); err != nil {
		return err
	}
	if c.ep.tokens != nil && !c.hasToken() {
		return domain.E("e.api.token")
	}
	if !c.ep.asksWho() && c.ep.settings.rights == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ep.asksWho() {
		if err := c.mayCall(); err != nil {
			return err
		}
	}
	return c.loadRights()
}

// sameOrigin refuses a write from a foreign page that the browser's cookies
// would authenticate.
func (c *call) sameOrigin() error {
	if !c.ep.cookie || c.r.Header["Cookie"] == nil {
		return nil
	}
	method := c.r.Method
	if c.writesByGet() {
		method = http.MethodPost
		if c.saysNothingOfItsPage() {
			return domain.E("e.api.origin")
		}
	}
	if err := c.foreignPage(method); err != nil {
		return domain.Wrap(err, "e.api.origin")
	}
	return nil
}

// saysNothingOfItsPage reports whether a GET may come from a foreign page by all that it
// says: without TLS a browser sends neither Sec-Fetch-Site nor, with a GET, Origin. What
// is left is Referer, which pages of the domain's own host send (Referrer-Policy).
func (c *call) saysNothingOfItsPage() bool {
	h := c.r.Header
	if h.Get("Sec-Fetch-Site") != "" || h.Get("Origin") != "" {
		return false
	}
	page, err := url.Parse(h.Get("Referer"))
	return err != nil || page.Host != c.r.Host
}

// foreignPage is an error when the request, by that method, is one of a page of another
// origin than those that the endpoint trusts.
func (c *call) foreignPage(method string) error {
	r := c.r
	if method != r.Method {
		r = &http.Request{Method: method, Host: r.Host, URL: r.URL, Header: r.Header}
	}
	return c.ep.guard.Check(r)
}

// writesByGet reports whether a GET may change the domain though the endpoint does
// not say that it takes one: then it is no safe method.
func (c *call) writesByGet() bool {
	return (c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) && !c.ep.limited && c.ep.script.Writes()
}

// mayCall asks for the session and the permissions.
func (c *call) mayCall() error {
	s := c.signIn()
	if s.fault != nil {
		return s.fault
	}
	if s.person == nil {
		return forbidden(s.why)
	}
	ok, err := c.h.may(c.r.Context(), c.d, s.person, c.ep.settings.assert)
	if err == nil && !ok {
		err = domain.E("e.auth.nopvg")
	}
	return err
}

// forbidden keeps an error's code and makes it the guard's.
func forbidden(err error) error {
	e := *domain.AsError(err)
	e.Kind = domain.Forbidden
	return &e
}

// hasToken reports whether the request carries one of the endpoint's access tokens.
func (c *call) hasToken() bool {
	got := c.accessToken()
	return got != "" && c.ep.takesToken(c.h, c.d, got)
}

// accessToken is the access token that the request carries, "" when none.
func (c *call) accessToken() string {
	got := bearer(c.r.Header.Get("Authorization"))
	if got == "" {
		got = c.r.Header.Get("X-Access-Token")
	}
	if got == "" {
		got, _ = c.query("access_token")
	}
	return got
}

// token is a token of the metadata: its text, or the content of a file.
func (h *Handler) token(d *domain.Domain, ep *endpoint, t string) string {
	if !strings.HasPrefix(t, "~") {
		return t
	}
	p, err := domain.ParsePath(t)
	if err != nil {
		return ""
	}
	raw, err := d.Tree(domain.Owner).ReadWithin(p, domain.MaxText)
	if err != nil {
		h.log.Warn("access token", "domain", d.Name(), "endpoint", ep.file, "err", err)
		return ""
	}
	return strings.TrimSpace(string(raw))
}
