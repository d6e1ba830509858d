package outbound

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// Pattern is one of http.hosts in domain.json: what a domain's scripts may call. It is
// a host (example.com, 127.0.0.1, [::1]), or all hosts below one (*.example.com), with
// a port or without; without it is the scheme's own.
type Pattern struct {
	Host string // as grant.Host writes it, of a wildcard without the star: .example.com
	Port uint16 // 0: the scheme's own
}

// ParsePattern reads a pattern; the error says what to write.
func ParsePattern(text string) (Pattern, error) {
	name, port := strings.TrimSpace(text), uint16(0)
	switch {
	case name == "*":
		return Pattern{}, noPattern(domain.Text{ZH: `http.hosts 的 "*" 不匹配任何主机：逐个列出，或写 "*.example.com" 表示其下全部`, EN: `"*" in http.hosts is no host: list each, or write "*.example.com" for all below one`})
	case strings.Contains(name, "/"):
		return Pattern{}, noPattern(domain.Textf("http.hosts：%v 不是主机名：只写名字，不带 http:// 与路径", "http.hosts: %v is no host: write the name alone, without http:// and path", quoted(text)))
	}
	if host, digits, err := net.SplitHostPort(name); err == nil {
		if name, port = host, Port(digits); port == 0 {
			return Pattern{}, noPattern(domain.Textf("http.hosts：%v：端口是 1 到 65535 的数字", "http.hosts: %v: a port is a number from 1 to 65535", quoted(text)))
		}
	}
	below, wild := strings.CutPrefix(name, "*.")
	host, err := grant.Host(below)
	if err != nil {
		return Pattern{}, noPattern(domain.Textf("http.hosts：%v", "http.hosts: %v", domain.TextOf(err)))
	}
	if wild {
		host = "." + host
	}
	return Pattern{host, port}, nil
}

func noPattern(why domain.Text) error { return domain.E("e.http.host", why) }

func quoted(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return strconv.Quote(s)
}

// Port reads a port's number; 0 is none.
func Port(digits string) uint16 {
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || strings.Trim(digits, "0123456789") != "" {
		return 0
	}
	return uint16(n)
}

// URLPort is the port that an address of http or https names or means; 0 when it is none.
func URLPort(u *url.URL) uint16 {
	switch {
	case u.Port() != "":
		return Port(u.Port())
	case u.Scheme == "https":
		return 443
	}
	return 80
}

// Match reports whether an address of http or https is one of the pattern's.
func (p Pattern) Match(u *url.URL) bool {
	host, port := grant.RequestHost(hostOf(u)), URLPort(u)
	usual := port == map[string]uint16{"http": 80, "https": 443}[u.Scheme]
	if host == "" || port == 0 || p.Port != port && !(p.Port == 0 && usual) {
		return false
	}
	return host == p.Host || strings.HasPrefix(p.Host, ".") && strings.HasSuffix(host, p.Host)
}

// hostOf is a URL's host as a request's Host header has it.
func hostOf(u *url.URL) string {
	if strings.Contains(u.Hostname(), ":") {
		return "[" + u.Hostname() + "]"
	}
	return u.Hostname()
}
