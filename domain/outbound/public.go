package outbound

import (
	"net/netip"

	"github.com/caryahq/carya/domain/grant"
)

// Public reports whether an address belongs to the public internet. The ranges that
// do not are those of the IANA registries of special-purpose addresses; of IPv6
// only what has been handed out (2000::/3) counts.
func Public(a netip.Addr) bool {
	a = grant.Meant(a)
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !handedOut.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// These are never changed.
var (
	handedOut = netip.MustParsePrefix("2000::/3")

	special = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),    // of carriers; a cloud's metadata is there, too
		netip.MustParsePrefix("168.63.129.16/32"), // Azure's own services
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("2001::/23"),
		netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), // 6to4: it ends at whatever IPv4 address it holds
		netip.MustParsePrefix("3fff::/20"),
	}
)
