package main

import (
	"net/netip"

	"github.com/caryahq/carya/regapi"
)

// proxies are those that stand before the server and say who calls.
type proxies struct {
	from   []netip.Prefix
	header string
}

// trusted reads --trust-proxy and --proxy-header.
func (o serveOptions) trusted() (p proxies, err error) {
	switch p.header = o.proxyHeader; p.header {
	case "", regapi.XForwardedFor, regapi.Forwarded:
	default:
		return p, usagef("--proxy-header %s：只能是 X-Forwarded-For 或 Forwarded", "--proxy-header %s: want X-Forwarded-For or Forwarded", p.header)
	}
	for _, text := range o.proxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return p, usagef("--trust-proxy %s：应是网段，如 10.0.0.0/8", "--trust-proxy %s: want a network such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		p.from = append(p.from, prefix.Masked())
	}
	return p, nil
}
