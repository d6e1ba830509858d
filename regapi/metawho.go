package regapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// The metadata that says who may call: origins, sessions, permissions, tokens.

func (c *compiler) crossOrigin(s setting) string {
	list, msg := s.list()
	if msg != "" {
		return msg
	}
	c.ep.origins, c.ep.anyOrigin = nil, false
	for _, o := range list {
		if o == "*" {
			c.ep.anyOrigin = true
			continue
		}
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.RawQuery != "" {
			return "not an origin (https://www.example.com): " + o
		}
		c.ep.origins = append(c.ep.origins, strings.ToLower(o))
	}
	return ""
}

func (c *compiler) home(s setting) string {
	text, ok := s.text()
	ref, err := domain.ParseRef(text)
	if !ok || text == "" || err != nil {
		return "must be a site: ~/www or id:…"
	}
	c.ep.settings.home = &ref
	return ""
}

func (c *compiler) ticket(s setting) string {
	list, msg := s.list()
	if msg != "" {
		return msg
	}
	c.ep.tickets = nil
	for _, text := range list {
		src, ok := parseTicketSource(text)
		if !ok {
			return "must be a parameter's name, or query:NAME, body:NAME, header:NAME, cookie:NAME, not " + text
		}
		c.ep.tickets = append(c.ep.tickets, src)
	}
	return ""
}

func parseTicketSource(text string) (ticketSource, bool) {
	place, name, ok := strings.Cut(text, ":")
	if !ok {
		return ticketSource{inParam, text}, text != ""
	}
	switch strings.ToLower(place) {
	case "query", "qs":
		return ticketSource{inQuery, name}, name != ""
	case "body":
		return ticketSource{inBody, name}, name != ""
	case "header":
		return ticketSource{inHeader, http.CanonicalHeaderKey(name)}, name != ""
	case "cookie":
		return ticketSource{inCookie, name}, name != ""
	}
	return ticketSource{}, false
}

// assert compiles permissions: single ones into one group each, a|b into one
// of two.
func (c *compiler) assert(s setting) string {
	list, msg := s.list()
	if msg != "" {
		return msg
	}
	c.ep.settings.assert, msg = rightGroups(list)
	return msg
}

func (c *compiler) accessToken(s setting) string {
	list, msg := s.list()
	if msg != "" {
		return msg
	}
	if len(list) == 0 {
		return "names no token"
	}
	c.adviseTokens(s)
	for _, t := range list {
		if strings.HasPrefix(t, "~") {
			if _, err := domain.ParsePath(t); err != nil {
				return "not a path: " + t
			}
		}
	}
	c.ep.tokens = list
	return ""
}

func (c *compiler) copyCookie(s setting) string {
	c.ep.settings.copyCookie = nil
	if s.node.Kind == relaxed.Object {
		for _, f := range s.node.Fields {
			if f.Value.Kind != relaxed.String || f.Key == "" || f.Value.String() == "" {
				return "must name a parameter for each cookie"
			}
			c.ep.settings.copyCookie = append(c.ep.settings.copyCookie, cookieCopy{f.Key, f.Value.String()})
		}
		return ""
	}
	list, msg := s.list()
	for _, name := range list {
		c.ep.settings.copyCookie = append(c.ep.settings.copyCookie, cookieCopy{name, name})
	}
	return msg
}

// guardCookies prepares the check of writes that a cookie authenticates: the
// origins that may call from another page are trusted, no other.
func (c *compiler) guardCookies() {
	for _, t := range c.ep.tickets {
		c.ep.cookie = c.ep.cookie || t.in == inCookie
	}
	c.ep.cookie = c.ep.cookie || len(c.ep.settings.copyCookie) > 0
	c.ep.guard = http.NewCrossOriginProtection()
	for _, o := range c.ep.origins {
		if err := c.ep.guard.AddTrustedOrigin(o); err != nil {
			c.faults = append(c.faults, domain.Fault{File: c.ep.file, Msg: "http-cross-origin: " + err.Error()})
		}
	}
}
