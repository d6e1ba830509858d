package regapi

import (
	"net/textproto"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
)

// The metadata that sets headers, and what headers may be set at all.

// refused are headers that belong to the connection or to the engine, and those by
// which a proxy before the server hands out files and places of its own.
func refused(name string) bool {
	switch name {
	case "X-Accel-Redirect", "X-Sendfile", "X-Lighttpd-Send-File", "X-Reproxy-Url", "X-Reproxy-File":
		return true
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Date",
		"X-Request-Id", "Retry-After", "Service-Worker-Allowed", "Clear-Site-Data":
		return true
	}
	return strings.HasPrefix(name, "Access-Control-") || strings.HasPrefix(name, "Ratelimit-")
}

// ofHost are headers that a browser keeps for all that a host answers.
func ofHost(name string) bool {
	switch name {
	case "Alt-Svc", "Nel", "Report-To", "Strict-Transport-Security", "Public-Key-Pins", "Expect-Ct":
		return true
	}
	return false
}

// mayNotSet reports whether an endpoint may not set a header: on a host that several
// owners share none speaks for the others.
func (c *call) mayNotSet(name string) bool {
	return refused(name) || ofHost(name) && !c.mapped && c.h.owners.several(time.Now())
}

func (c *compiler) header(s setting) domain.Text {
	name := textproto.CanonicalMIMEHeaderKey(s.key[len(headerPrefix):])
	if !isToken(name) {
		return domain.Text{ZH: "不是响应头的名字", EN: "not a header's name"}
	}
	if refused(name) {
		return domain.Text{ZH: "该响应头由引擎设置", EN: "this header is the engine's"}
	}
	values := []string{}
	if text, ok := s.text(); ok {
		values = append(values, text)
	} else if list, msg := s.list(); msg.Empty() {
		values = list
	} else {
		return msg
	}
	for _, v := range values {
		if !isHeaderValue(v) {
			return domain.Text{ZH: "响应头的值只能是一行", EN: "a header's value is one line"}
		}
	}
	if name == "Content-Type" {
		return c.contentType(values)
	}
	c.ep.headers = append(c.ep.headers, header{name, values[:len(values):len(values)]})
	return domain.Text{}
}

func (c *compiler) contentType(values []string) domain.Text {
	text := strings.TrimSpace(strings.Join(values, ","))
	if strings.Contains(text, "*") {
		for f := range strings.SplitSeq(text, ",") {
			c.ep.sniff = append(c.ep.sniff, strings.TrimSpace(f))
		}
		return domain.Text{}
	}
	if kind, sub, ok := strings.Cut(text, "/"); !ok || kind == "" || sub == "" {
		return domain.Text{ZH: "不是媒体类型", EN: "not a media type"}
	}
	c.ep.ctype = []string{withCharset(text)}
	return domain.Text{}
}

// withCharset names UTF-8 where a text type says nothing.
func withCharset(t string) string {
	low := strings.ToLower(t)
	if strings.Contains(low, "charset=") {
		return t
	}
	if strings.HasPrefix(low, "text/") || isJSONType(low) ||
		strings.HasSuffix(low, "/javascript") || strings.HasSuffix(low, "xml") {
		return t + "; charset=utf-8"
	}
	return t
}

func isJSONType(t string) bool {
	t, _, _ = strings.Cut(strings.ToLower(t), ";")
	_, sub, _ := strings.Cut(strings.TrimSpace(t), "/")
	return sub == "json" || strings.HasSuffix(sub, "+json")
}

// isToken reports whether s may be a header's or a method's name (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}

// isHeaderValue reports whether s is one line without control characters.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
