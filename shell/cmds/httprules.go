package cmds

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/tidwall/gjson"
)

// rules are what a domain allows its scripts to call (domain.json, http).
type rules struct {
	hosts   []string // example.com, *.example.com, example.com:8443
	private bool     // addresses that are not public too
	any     bool     // hosts that are not listed too
}

type rulesKey struct{}

func callRules(d *domain.Domain) (rules, error) {
	if d == nil {
		return rules{}, domain.E("e.domain.noexists", domain.Text{ZH: "该命令需要在域中执行", EN: "this command needs a domain"})
	}
	conf := gjson.ParseBytes(d.Config().HTTP)
	r := rules{private: conf.Get("private").Bool()}
	for _, h := range conf.Get("hosts").Array() {
		r.hosts = append(r.hosts, strings.ToLower(h.String()))
	}
	return r, nil
}

// allow reports whether a host may be called. One without port stands for the
// scheme's own port.
func (r rules) allow(u *url.URL) error {
	if r.any {
		return nil
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	usual := port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443"
	for _, h := range r.hosts {
		name, p, err := net.SplitHostPort(h)
		if err != nil {
			name, p = strings.Trim(h, "[]"), ""
		}
		if p != port && !(p == "" && usual) {
			continue
		}
		suffix, wild := strings.CutPrefix(name, "*")
		if name == host || wild && strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix) {
			return nil
		}
	}
	return domain.E("e.http.host", u.Host)
}

// clients keep connections open. Those to private addresses are apart, so that no
// domain gets one that it could not have opened.
type clients struct{ public, private *http.Client }

func newClients() *clients {
	return &clients{public: newClient(guard), private: newClient(nil)}
}

func (c *clients) of(r rules) *http.Client {
	if r.private {
		return c.private
	}
	return c.public
}

// newClient makes a client that asks control about each address, after names are
// resolved, and the rules in the context about each redirect. It uses no proxy.
func newClient(control func(network, address string, _ syscall.RawConn) error) *http.Client {
	dialer := &net.Dialer{Timeout: httpTimeout, Control: control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    httpTimeout,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= 5 {
				return domain.E("e.http.failed", domain.Textf("%v 跳转次数过多", "%v redirects too often", req.URL.Host))
			}
			return rulesOf(req.Context()).allow(req.URL)
		},
	}
}

func rulesOf(ctx context.Context) rules {
	r, _ := ctx.Value(rulesKey{}).(rules)
	return r
}

// guard refuses addresses that are not public.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !public(ap.Addr()) {
		return domain.E("e.http.host", domain.Text{ZH: "不是公网地址", EN: "an address that is not public"})
	}
	return nil
}

// public reports whether an address belongs to the public internet. The ranges
// are those of the IANA registries of special-purpose addresses.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// special is never changed.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}
