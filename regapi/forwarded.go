package regapi

import (
	"net/netip"
	"strings"
)

// Who calls, when a proxy that is trusted stands between. One header counts, the
// one that the proxy writes; a client could send the other.

// Headers that Options.ProxyHeader may name.
const (
	XForwardedFor = "X-Forwarded-For" // and X-Forwarded-Proto
	Forwarded     = "Forwarded"       // RFC 7239
)

// forwarded is the last address that is no proxy of ours, read from the right:
// what stands further left is what somebody told the proxy.
func (c *call) forwarded(addr netip.Addr) netip.Addr {
	hops, https := c.hops()
	c.secure = c.secure || https
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := hopAddr(hops[i])
		if !ok {
			break
		}
		addr = a
		if !c.h.trusts(addr) {
			break
		}
	}
	c.req.Remote = addr.String()
	return addr
}

// hops are the addresses that the proxies saw, the nearest last, and whether the
// outermost trusted one was asked over TLS.
func (c *call) hops() (hops []string, https bool) {
	if c.h.opt.ProxyHeader != Forwarded {
		proto := splitList(c.r.Header["X-Forwarded-Proto"])
		https = len(proto) > 0 && strings.EqualFold(proto[len(proto)-1], "https")
		return splitList(c.r.Header[XForwardedFor]), https
	}
	for _, element := range splitList(c.r.Header[Forwarded]) {
		hop := ""
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = strings.Trim(value, `"`)
			switch strings.ToLower(name) {
			case "for":
				hop = value
			case "proto":
				https = strings.EqualFold(value, "https")
			}
		}
		hops = append(hops, hop)
	}
	return hops, https
}

func splitList(values []string) (out []string) {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// hopAddr reads 192.0.2.1, 192.0.2.1:80, 2001:db8::1 and [2001:db8::1]:80; names
// (unknown, _hidden) are none.
func hopAddr(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap(), err == nil
}

func (h *Handler) trusts(a netip.Addr) bool {
	for _, p := range h.opt.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
