package wish

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/domain/relaxed"
)

// anyNetwork stands for networks that the settings do not name.
const anyNetwork = "CIDR[:PORT]"

// networks notes the addresses that a value names and that are not public: of URLs,
// and of `host` with its `port`. Where names lead is not looked up.
func (r *reader) networks(n *relaxed.Node) {
	if u, err := url.Parse(n.String()); n.Kind == relaxed.String && err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		r.network(n, u.Hostname(), portOf(u.Port(), map[string]uint16{"http": 80, "https": 443}[u.Scheme]))
	}
	for _, item := range n.Items {
		r.networks(item)
	}
	var host *relaxed.Node
	port := uint16(587)
	for _, f := range n.Fields {
		switch {
		case f.Key == "host" && f.Value.Kind == relaxed.String:
			host = f.Value
		case f.Key == "port":
			port = portOf(f.Value.Raw, port)
		case f.Key == "tls" && f.Value.String() == "ssl" && port == 587:
			port = 465
		}
		r.networks(f.Value)
	}
	if host != nil {
		r.network(host, host.String(), port)
	}
}

func portOf(text string, def uint16) uint16 {
	if n, err := strconv.ParseUint(text, 10, 16); err == nil && n > 0 {
		return uint16(n)
	}
	return def
}

// network notes an address that is not public, unless it is granted.
func (r *reader) network(n *relaxed.Node, host string, port uint16) {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		host = "127.0.0.1"
	}
	a, err := netip.ParseAddr(host)
	if err != nil || outbound.Public(a) {
		return
	}
	ap := netip.AddrPortFrom(a.Unmap().WithZone(""), port)
	if !r.granted.Reaches(ap) {
		r.add(n, Wish{Kind: "network", Value: ap.String()})
	}
}

// calls notes what `http` of domain.json asks for: hosts that are no public
// addresses, and private networks at all.
func (r *reader) calls(n *relaxed.Node) {
	var private *relaxed.Node
	before := len(r.list)
	for _, f := range n.Fields {
		switch f.Key {
		case "hosts":
			for _, item := range f.Value.Items {
				host, port, err := net.SplitHostPort(item.String())
				if err != nil {
					host, port = strings.Trim(item.String(), "[]"), "80"
				}
				r.network(item, host, portOf(port, 80))
			}
		case "private":
			private = f.Value
		}
	}
	if private != nil && private.Kind == relaxed.Bool && private.Raw == "true" && len(r.list) == before && len(r.granted.Networks) == 0 {
		r.add(private, Wish{Kind: "network", Value: anyNetwork})
	}
}
