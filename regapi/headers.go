package regapi

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/grant"
)

// The headers that keep browsers from helping an attacker. All answers have
// nosniff and a Referrer-Policy, and HSTS where the client speaks TLS; pages also
// say who may frame them.
var (
	refererSame = []string{"same-origin"} // other origins learn nothing of an address, which may hold a ticket
	refererNone = []string{"no-referrer"} // on a shared host other domains are the same origin
	hsts        = []string{"max-age=31536000"}
	framedSelf  = []string{"frame-ancestors 'self'"}
	frameSame   = []string{"SAMEORIGIN"}
)

// protect sets the headers of every answer, once the host is known.
func (c *call) protect() {
	h := c.w.Header()
	h["Referrer-Policy"] = refererNone
	if c.mapped {
		h["Referrer-Policy"] = refererSame
	}
	if c.secure {
		h["Strict-Transport-Security"] = hsts
	}
}

// frame says who may show a page in a frame: pages of the same origin and those
// that domain.json names (defaults.frame_ancestors, "https://a.example …"). An
// endpoint with a policy of its own knows better.
func (c *call) frame() {
	h := c.w.Header()
	if h["Content-Security-Policy"] != nil {
		return
	}
	if more := frameSources(gjson.GetBytes(c.d.Config().Defaults, "frame_ancestors").String()); more != "" {
		h["Content-Security-Policy"] = []string{framedSelf[0] + more}
		return
	}
	h["Content-Security-Policy"] = framedSelf
	h["X-Frame-Options"] = frameSame
}

// frameSources keeps the parts that can stand in a policy.
func frameSources(text string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		if isHeaderValue(word) && !strings.ContainsAny(word, ";,'\"") {
			b.WriteString(" " + word)
		}
	}
	return b.String()
}

// hardened is a cookie as it leaves the server: HttpOnly and SameSite=Lax unless
// it says otherwise (HttpOnly=no is for one that scripts of the page read), Secure
// where the client speaks TLS. A Domain that is no host of the domain's own is left out:
// it would reach the hosts of others.
func (c *call) hardened(cookie string) string {
	pair, rest, _ := strings.Cut(cookie, ";")
	out := []string{strings.TrimSpace(pair)}
	has := map[string]bool{}
	for attr := range strings.SplitSeq(rest, ";") {
		attr = strings.TrimSpace(attr)
		name, value, _ := strings.Cut(strings.ToLower(attr), "=")
		has[name] = true
		switch {
		case attr == "" || name == "httponly" && value != "":
		case name == "domain" && !c.hasHost(value):
			if c.ep != nil && !c.ep.told.once("Domain="+value) {
				continue
			}
			c.h.log.Warn("the Domain of a cookie is no host of the domain's and was left out", "domain", c.d.Name(), "host", value)
		default:
			out = append(out, attr)
		}
	}
	if !has["httponly"] {
		out = append(out, "HttpOnly")
	}
	if !has["samesite"] {
		out = append(out, "SameSite=Lax")
	}
	if c.secure && !has["secure"] {
		out = append(out, "Secure")
	}
	return strings.Join(out, "; ")
}

// hasHost reports whether the Domain of a cookie (RFC 6265, 5.2.3: a dot at its
// start does not count) is a host that the operator granted the domain.
func (c *call) hasHost(name string) bool {
	host, err := grant.Host(strings.TrimPrefix(strings.TrimSpace(name), "."))
	return err == nil && c.d.Grants().HasHost(host)
}
