package regapi

import (
	"slices"
	"strings"
)

var (
	varyOrigin  = []string{"Origin"}
	anyOrigin   = []string{"*"}
	trueValue   = []string{"true"}
	corsExposed = []string{"X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, ETag"}
	corsMaxAge  = []string{"600"}
)

// cors tells a browser which other pages may read the answer. A listed origin
// may send credentials; `*` never.
func (c *call) cors() {
	if c.ep.origins == nil && !c.ep.anyOrigin {
		return
	}
	h := c.w.Header()
	h["Vary"] = varyOrigin
	origin := c.r.Header.Get("Origin")
	switch {
	case origin == "":
	case slices.Contains(c.ep.origins, strings.ToLower(origin)):
		h["Access-Control-Allow-Origin"] = []string{origin}
		h["Access-Control-Allow-Credentials"] = trueValue
		h["Access-Control-Expose-Headers"] = corsExposed
	case c.ep.anyOrigin:
		h["Access-Control-Allow-Origin"] = anyOrigin
		h["Access-Control-Expose-Headers"] = corsExposed
	}
}

// preflight answers OPTIONS (WHATWG Fetch, CORS-preflight).
func (c *call) preflight(f *leaf) {
	h := c.w.Header()
	h["Allow"] = f.allow
	if h["Access-Control-Allow-Origin"] != nil {
		h["Access-Control-Allow-Methods"] = f.allow
		h["Access-Control-Max-Age"] = corsMaxAge
		if names := headerNames(c.r.Header["Access-Control-Request-Headers"]); names != "" {
			h["Access-Control-Allow-Headers"] = []string{names}
		}
	}
	c.noContent()
}

// headerNames is a clean list of what a preflight asks for.
func headerNames(asked []string) string {
	var out []string
	for name := range strings.SplitSeq(strings.Join(asked, ","), ",") {
		if name = strings.TrimSpace(name); isToken(name) && len(out) < 64 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
