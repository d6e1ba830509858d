package regapi

import (
	"iter"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
)

// pairs walks `a=1&b=2` in order, decoded as browsers encode forms (WHATWG URL,
// application/x-www-form-urlencoded): what is no escape stays as it is. It
// allocates only for what is escaped.
func pairs(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for s != "" {
			var pair string
			pair, s, _ = strings.Cut(s, "&")
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(unescape(name), unescape(value)) {
				return
			}
		}
	}
}

// lookupPair is the first value of a name, without case when fold says so.
func lookupPair(s, name string, fold bool) (string, bool) {
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		k, v, _ := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		if k = unescape(k); k == name || fold && strings.EqualFold(k, name) {
			return unescape(v), true
		}
	}
	return "", false
}

func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			t, _ := url.PathUnescape(s[i : i+3])
			b.WriteString(t)
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// query is the query string with the cookies that stand in for parameters.
func (c *call) query(name string) (string, bool) {
	if v, ok := lookupPair(c.r.URL.RawQuery, name, true); ok {
		return v, true
	}
	if c.ep == nil || !c.mapped {
		return "", false
	}
	for _, cc := range c.ep.settings.copyCookie {
		if strings.EqualFold(cc.param, name) {
			return c.cookie(cc.cookie, false)
		}
	}
	return "", false
}

// queryParams are the parameters of the query, stand-ins included.
func (c *call) queryParams() []domain.Param {
	var out []domain.Param
	for k, v := range pairs(c.r.URL.RawQuery) {
		out = append(out, domain.Param{Name: k, Value: v})
	}
	if c.ep == nil || !c.mapped {
		return out
	}
	for _, cc := range c.ep.settings.copyCookie {
		if _, ok := lookupPair(c.r.URL.RawQuery, cc.param, true); ok {
			continue
		}
		if v, ok := c.cookie(cc.cookie, false); ok {
			out = append(out, domain.Param{Name: cc.param, Value: v})
		}
	}
	return out
}

// cookie is the first cookie of a name.
func (c *call) cookie(name string, fold bool) (string, bool) {
	if c.r.Header["Cookie"] == nil {
		return "", false
	}
	for _, k := range c.r.Cookies() {
		if k.Name == name || fold && strings.EqualFold(k.Name, name) {
			return k.Value, true
		}
	}
	return "", false
}
