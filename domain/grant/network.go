package grant

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// Network is a range of addresses, of one port or of all.
type Network struct {
	Prefix netip.Prefix // masked; of IPv4 where the addresses are
	Port   uint16       // 0 is every port but the server's own
}

// ParseNetwork reads CIDR[:PORT] or an address in place of the CIDR: 10.0.0.0/8,
// 127.0.0.1:9000, fd00::/8, [::1]:80.
func ParseNetwork(text string) (Network, error) {
	addr, port, ok := splitPort(strings.TrimSpace(text))
	if !ok {
		return Network{}, noNetwork(text)
	}
	p, err := netip.ParsePrefix(addr)
	if err != nil {
		a, err := netip.ParseAddr(addr)
		if err != nil || a.Zone() != "" {
			return Network{}, noNetwork(text)
		}
		a = Meant(a)
		p = netip.PrefixFrom(a, a.BitLen())
	}
	return Network{unmapped(p).Masked(), port}, nil
}

func noNetwork(text string) error {
	return fault(0, "不是网段：%v；应为 CIDR[:端口]，如 10.0.0.0/8、127.0.0.1:9000 或 [::1]:80", "not a network: %v; want CIDR[:PORT], as 10.0.0.0/8, 127.0.0.1:9000 or [::1]:80", strconv.Quote(shorten(text)))
}

// splitPort takes a port off; an address of IPv6 stands in brackets then.
func splitPort(text string) (addr string, port uint16, ok bool) {
	rest := text
	if inner, found := strings.CutPrefix(text, "["); found {
		if addr, rest, ok = strings.Cut(inner, "]"); !ok || rest == "" {
			return addr, 0, ok
		}
	} else if strings.Count(text, ":") != 1 {
		return text, 0, true
	} else {
		addr, _, _ = strings.Cut(text, ":")
		rest = text[len(addr):]
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(rest, ":"), 10, 16)
	return addr, uint16(n), err == nil && n > 0 && rest[0] == ':'
}

// unmapped is a range of IPv4 addresses that was written in IPv6 (::ffff:0:0/96).
func unmapped(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p
}

// translated is where a translator has all addresses of IPv4 (RFC 6052).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// Meant is the address that a connection ends at: an IPv4 address in its IPv6 form
// (::ffff:0:0/96) and behind a translator (64:ff9b::/96) is that IPv4 address; a zone
// does not count.
func Meant(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if translated.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// Contains reports whether an address and port are in the network. What
// counts is the address that is meant.
func (n Network) Contains(a netip.AddrPort) bool {
	return (n.Port == 0 || n.Port == a.Port()) && n.Prefix.Contains(Meant(a.Addr()))
}

// String is the network as ParseNetwork reads it; a single address has no length.
func (n Network) String() string {
	s := n.Prefix.String()
	if n.Prefix.IsSingleIP() {
		s = n.Prefix.Addr().String()
	}
	if n.Port == 0 {
		return s
	}
	if n.Prefix.Addr().Is6() {
		s = "[" + s + "]"
	}
	return s + ":" + strconv.Itoa(int(n.Port))
}

// fault is an error at a place of a text, in both languages.
func fault(offset int, zh, en string, args ...any) *relaxed.Error {
	return &relaxed.Error{Offset: offset, Msg: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}
}

// shorten keeps what somebody wrote from flooding a message.
func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
