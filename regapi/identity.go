package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain"
)

// signin is who calls, looked up on first use.
type signin struct {
	done   bool
	person *domain.Identity // nil: nobody
	why    error            // why nobody; nil when somebody is
	fault  error            // the looking up itself failed

	siteRead   bool
	site       domain.Ref
	ticketRead bool
	ticket     string
	err        error // the body that may hold them could not be read
}

// identity is domain.Request.Identity.
func (c *call) identity() (*domain.Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.signIn()
	return s.person, s.fault
}

// signIn looks up who calls.
func (c *call) signIn() *signin {
	s := &c.who
	if s.done {
		return s
	}
	s.done = true
	ticket := c.ticket()
	site := domain.Ref{}
	if ticket != "" { // else nobody asks, and no body need be read for it
		site = c.site()
	}
	switch {
	case s.err != nil:
		s.why, s.fault = s.err, s.err
	case ticket == "" || c.h.opt.Identify == nil:
		s.why = domain.E("e.www.api.auth.nologin")
	default:
		s.person, s.why = c.h.opt.Identify(c.r.Context(), c.d, site, ticket)
		if s.why == nil && s.person == nil {
			s.why = domain.E("e.auth.ticked.noexist")
		}
		s.sort()
	}
	return s
}

// sort tells an unknown ticket from a failure of the server.
func (s *signin) sort() {
	if s.why == nil {
		return
	}
	s.person = nil
	switch domain.AsError(s.why).Kind {
	case domain.Unauthorized, domain.NotFound, domain.Invalid, domain.Forbidden:
	default:
		s.fault = s.why
	}
}

// mainSite is the site of an endpoint that names none.
const mainSite domain.Path = "www"

// mayName reports whether the request says which site the endpoint is about.
// Permissions are those of the main site unless the metadata says otherwise: else a
// caller would pick the site at which they have them.
func (s *settings) mayName() bool {
	return s.home == nil && (s.anySite || s.assert == nil && s.rights == nil)
}

// site is the site that the request is about: what the metadata fixes, else the
// one whose id the request carries, else ~/www.
func (c *call) site() domain.Ref {
	s := &c.who
	if s.siteRead {
		return s.site
	}
	s.siteRead = true
	s.site = domain.Ref{Path: mainSite}
	if c.ep != nil && c.ep.settings.home != nil {
		s.site = *c.ep.settings.home
	} else if c.ep != nil && !c.ep.settings.mayName() {
		return s.site
	} else if id, ok := c.param("site"); ok && id != "" {
		s.site = domain.Ref{ID: strings.TrimPrefix(id, "id:")}
	}
	return s.site
}

// ticket is the session ticket that the request carries, "" when none.
func (c *call) ticket() string {
	s := &c.who
	if !s.ticketRead {
		s.ticketRead = true
		s.ticket = c.findTicket()
	}
	return s.ticket
}

// noTicket is what pages send that have none (a default of the seed's scripts).
const noTicket = "-nil-"

// findTicket looks where the metadata says, in its order; a plain name is looked for in
// the query first, and in the body last, when nothing else holds a ticket.
func (c *call) findTicket() string {
	for _, src := range c.ep.tickets {
		if v := c.ticketAt(src); v != "" && v != noTicket {
			return v
		}
	}
	if c.ep.tokens == nil { // else Authorization holds the access token
		if v := bearer(c.r.Header.Get("Authorization")); v != "" {
			return v
		}
	}
	for _, src := range c.ep.tickets {
		if src.in != inParam {
			continue
		}
		if v, _ := c.bodyParam(src.name); v != "" && v != noTicket {
			return v
		}
	}
	return ""
}

func (c *call) ticketAt(src ticketSource) (v string) {
	switch src.in {
	case inQuery:
		v, _ = c.query(src.name)
	case inBody:
		v, _ = c.bodyParam(src.name)
	case inHeader:
		v = c.r.Header.Get(src.name)
		if b := bearer(v); b != "" {
			v = b
		}
	case inCookie:
		if c.mapped {
			v, _ = c.cookie(src.name, false)
		}
	default:
		v, _ = c.query(src.name)
	}
	return v
}

// param is a parameter of the query, else of the body.
func (c *call) param(name string) (string, bool) {
	if v, ok := c.query(name); ok {
		return v, ok
	}
	return c.bodyParam(name)
}

func (c *call) bodyParam(name string) (v string, ok bool) {
	if c.r.ContentLength == 0 {
		return "", false
	}
	from, err := &c.form.Params, error(nil)
	if c.guarding {
		from, err = c.headParams()
	} else {
		err = c.params()
	}
	if err != nil && c.who.err == nil && domain.CodeOf(err) != "e.json" {
		c.who.err = err
	}
	return from.Body(name)
}

func bearer(authorization string) string {
	kind, token, _ := strings.Cut(authorization, " ")
	if strings.EqualFold(kind, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}
