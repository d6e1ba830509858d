package grant

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// localhost ends the names that every domain has without a grant: NAME.localhost
// is the domain NAME (RFC 6761 keeps them on the machine itself).
const localhost = ".localhost"

// maxHost is the most characters of a host name (RFC 1035).
const maxHost = 253

// Host is a host name or an address in its one spelling: ASCII in lower case, names
// of other scripts as IDNA writes them (商店.cn is xn--czrs0t.cn), without the dot
// at the end, addresses in their shortest form. A port, an address of a page, a wildcard
// and what no name holds are errors (*relaxed.Error at offset 0).
func Host(text string) (string, error) {
	s := strings.TrimSpace(text)
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil && a.Zone() == "" {
		return a.Unmap().String(), nil
	}
	switch {
	case strings.Contains(s, "://") || strings.Contains(s, "/"):
		return "", fault(0, "%v 不是主机名：只写名字，不带 http:// 与路径", "%v is no host name: write the name alone, without http:// and path", quoted(text))
	case strings.HasPrefix(s, "*"):
		return "", fault(0, "%v 不是主机名：不支持通配，每个名字单独写", "%v is no host name: there are no wildcards, name each", quoted(text))
	case strings.Contains(s, ":"):
		return "", hasPort(s)
	}
	if name, ok := canonical(s); ok {
		return name, nil
	}
	return "", fault(0, "%v 不是主机名", "%v is no host name", quoted(text))
}

func hasPort(s string) error {
	if name, port, err := net.SplitHostPort(s); err == nil && isDigits(port) {
		if name, err := Host(name); err == nil {
			return fault(0, "主机名不带端口：写作 %v", "a host has no port: write it as %v", name)
		}
	}
	return fault(0, "%v 不是主机名：主机名不带端口", "%v is no host name: it has no port", quoted(s))
}

// RequestHost is the host of a request's Host header in its one spelling, "" when
// it is none. A port does not count; what is no port makes it no host, as it would
// stand in every address that a script makes of it.
func RequestHost(header string) string {
	s := header
	if h, port, err := net.SplitHostPort(s); err == nil && (port == "" || isPort(port)) {
		s = h
	}
	if isPlain(s) {
		return strings.TrimSuffix(s, ".")
	}
	host, err := Host(s)
	if err != nil {
		return ""
	}
	return host
}

// LocalDomain is the domain that a host is without a grant: NAME of NAME.localhost.
func LocalDomain(host string) (name string, ok bool) {
	name, ok = strings.CutSuffix(host, localhost)
	return name, ok && name != ""
}

// isPlain reports whether s is in its one spelling already, but for a dot at the end:
// the usual case. An address of IPv4 is.
func isPlain(s string) bool {
	if s == "" || len(s) > maxHost || s[0] == '.' || strings.Contains(s, "..") || strings.Contains(s, "xn--") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return true
}

// canonical is a name as IDNA 2008 (RFC 5891, UTS 46) writes it. Underscores, which
// networks of their own use, are let through.
func canonical(s string) (string, bool) {
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false), idna.VerifyDNSLength(false))
	name, err := profile.ToASCII(s)
	name = strings.TrimSuffix(name, ".")
	if err != nil || len(name) > maxHost {
		return "", false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || !isPlain(strings.TrimPrefix(label, "xn--")) {
			return "", false
		}
	}
	return name, true
}

func isPort(s string) bool { return isDigits(s) && len(s) <= len("65535") }

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func quoted(s string) string { return strconv.Quote(shorten(s)) }
