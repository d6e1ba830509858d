package form

import (
	"iter"
	"net/url"
	"strings"
)

// Pairs walks `a=1&b=2` in order, decoded as browsers encode forms (WHATWG URL,
// application/x-www-form-urlencoded): what is no escape stays as it is. It
// allocates only for what is escaped.
func Pairs(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for s != "" {
			var pair string
			pair, s, _ = strings.Cut(s, "&")
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(Unescape(name), Unescape(value)) {
				return
			}
		}
	}
}

// Lookup returns the first value of a name in a query string, without case when fold
// says so.
func Lookup(s, name string, fold bool) (string, bool) {
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		k, v, _ := strings.Cut(pair, "=")
		if pair == "" {
			continue
		}
		if k = Unescape(k); k == name || fold && strings.EqualFold(k, name) {
			return Unescape(v), true
		}
	}
	return "", false
}

// Unescape decodes one name or value; what is no escape stays as it is.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
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

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
