package wish

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/domain/relaxed"
)

// networks notes the addresses that a value names and that are not public: of URLs,
// and of `host` with its `port`. Where names lead is not looked up.
func (r *reader) networks(n *relaxed.Node) {
	r.address(n)
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
			if port = outbound.Port(f.Value.Raw); port == 0 || f.Value.Kind != relaxed.Number {
				port = 0
				r.fault(f.Value, noPort)
			}
		case f.Key == "tls" && f.Value.String() == "ssl" && port == 587:
			port = 465
		}
		r.networks(f.Value)
	}
	if host != nil {
		r.network(host, host.String(), port)
	}
}

var noPort = domain.Text{ZH: "端口是 1 到 65535 的数字", EN: "a port is a number from 1 to 65535"} // never changed

// address notes that of a URL.
func (r *reader) address(n *relaxed.Node) {
	text := n.String()
	if n.Kind != relaxed.String || !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		r.fault(n, domain.Text{ZH: "不是 http 或 https 地址", EN: "not an http or https address"})
		return
	}
	port := outbound.URLPort(u)
	if port == 0 {
		r.fault(n, domain.Textf("%v：%v", "%v: %v", u.Host, noPort))
	}
	r.network(n, u.Hostname(), port)
}

// network notes an address that is not public, unless it is granted.
func (r *reader) network(n *relaxed.Node, host string, port uint16) {
	host = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(host, "."), "["), "]")
	if strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	a, err := netip.ParseAddr(host)
	if err != nil || port == 0 || outbound.Public(a) {
		return
	}
	ap := netip.AddrPortFrom(grant.Meant(a), port)
	if !r.granted.Reaches(ap) {
		r.add(n, grant.Change{Kind: "network", Value: ap.String()})
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
			r.patterns(f.Value)
		case "private":
			private = f.Value
		}
	}
	if private != nil && private.Kind == relaxed.Bool && private.Raw == "true" && len(r.list) == before && len(r.granted.Networks) == 0 {
		r.note(private, Wish{Kind: "network"})
	}
}

// patterns reads http.hosts.
func (r *reader) patterns(n *relaxed.Node) {
	if n.Kind != relaxed.Array {
		r.fault(n, domain.Text{ZH: "http.hosts 必须是列表", EN: "http.hosts must be a list"})
	}
	for _, item := range n.Items {
		p, err := outbound.ParsePattern(item.String())
		switch {
		case item.Kind != relaxed.String:
			r.fault(item, domain.Text{ZH: "http.hosts：应是文本", EN: "http.hosts: want a text"})
		case err != nil:
			r.fault(item, domain.AsError(err).Said())
		case p.Port == 0:
			r.network(item, p.Host, 80)
		default:
			r.network(item, p.Host, p.Port)
		}
	}
}
