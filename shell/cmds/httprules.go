package cmds

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/tidwall/gjson"
)

// rules are what a domain allows its scripts to call (domain.json, http). Whether an
// address may be reached is decided below them: see package outbound.
type rules struct {
	hosts []string // example.com, *.example.com, example.com:8443
	any   bool     // hosts that are not listed too
}

type rulesKey struct{}

func callRules(d *domain.Domain) (rules, error) {
	if d == nil {
		return rules{}, domain.E("e.domain.noexists", domain.Text{ZH: "该命令需要在域中执行", EN: "this command needs a domain"})
	}
	var r rules
	for _, h := range gjson.GetBytes(d.Config().HTTP, "hosts").Array() {
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

// redirected asks the rules in the context about each redirect.
func redirected(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return domain.E("e.http.failed", domain.Textf("%v 跳转次数过多", "%v redirects too often", req.URL.Host))
	}
	return rulesOf(req.Context()).allow(req.URL)
}

func rulesOf(ctx context.Context) rules {
	r, _ := ctx.Value(rulesKey{}).(rules)
	return r
}
