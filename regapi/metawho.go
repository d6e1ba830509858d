package regapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// The metadata that says who may call: origins, sessions, permissions, tokens.

func (c *compiler) crossOrigin(s setting) domain.Text {
	list, msg := s.list()
	if !msg.Empty() {
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
			return domain.Textf("不是来源（https://www.example.com）：%s", "not an origin (https://www.example.com): %s", o)
		}
		c.ep.origins = append(c.ep.origins, strings.ToLower(o))
	}
	return domain.Text{}
}

func (c *compiler) home(s setting) domain.Text {
	text, ok := s.text()
	c.ep.settings.home, c.ep.settings.anySite = nil, ok && text == "*"
	if c.ep.settings.anySite {
		return domain.Text{}
	}
	ref, err := domain.ParseRef(text)
	if !ok || text == "" || err != nil {
		return domain.Text{ZH: "必须是站点：~/www、id:… 或 *", EN: "must be a site: ~/www, id:… or *"}
	}
	c.ep.settings.home = &ref
	return domain.Text{}
}

func (c *compiler) ticket(s setting) domain.Text {
	list, msg := s.list()
	if !msg.Empty() {
		return msg
	}
	c.ep.tickets = nil
	for _, text := range list {
		src, ok := parseTicketSource(text)
		if !ok {
			return domain.Textf("必须是参数名，或 query:名、body:名、header:名、cookie:名，而不是 %s", "must be a parameter's name, or query:NAME, body:NAME, header:NAME, cookie:NAME, not %s", text)
		}
		c.ep.tickets = append(c.ep.tickets, src)
	}
	return domain.Text{}
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
func (c *compiler) assert(s setting) domain.Text {
	list, msg := s.list()
	if !msg.Empty() {
		return msg
	}
	c.ep.settings.assert, msg = rightGroups(list)
	return msg
}

func (c *compiler) accessToken(s setting) domain.Text {
	list, msg := s.list()
	if !msg.Empty() {
		return msg
	}
	if len(list) == 0 {
		return domain.Text{ZH: "没有写出令牌", EN: "names no token"}
	}
	c.adviseTokens(s)
	for _, t := range list {
		if strings.HasPrefix(t, "~") {
			if _, err := domain.ParsePath(t); err != nil {
				return domain.Textf("不是路径：%s", "not a path: %s", t)
			}
		}
	}
	c.ep.tokens = list
	return domain.Text{}
}

func (c *compiler) copyCookie(s setting) domain.Text {
	c.ep.settings.copyCookie = nil
	if s.node.Kind == relaxed.Object {
		for _, f := range s.node.Fields {
			if f.Value.Kind != relaxed.String || f.Key == "" || f.Value.String() == "" {
				return domain.Text{ZH: "必须为每个 cookie 写出参数名", EN: "must name a parameter for each cookie"}
			}
			c.ep.settings.copyCookie = append(c.ep.settings.copyCookie, cookieCopy{f.Key, f.Value.String()})
		}
		return domain.Text{}
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
			c.faults = append(c.faults, domain.FaultAt(c.ep.file, 0, 0, domain.Textf("http-cross-origin：不是来源：%v", "http-cross-origin: %v", err)))
		}
	}
}
