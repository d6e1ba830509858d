package cmds

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
)

// rules are what a domain allows its scripts to call (domain.json, http). Whether an
// address may be reached is decided below them: see package outbound.
type rules struct {
	hosts []outbound.Pattern
	any   bool // hosts that are not listed too
}

type rulesKey struct{}

func callRules(d *domain.Domain) (rules, error) {
	if d == nil {
		return rules{}, domain.E("e.domain.noexists", domain.Text{ZH: "该命令需要在域中执行", EN: "this command needs a domain"})
	}
	var r rules
	for _, h := range gjson.GetBytes(d.Config().HTTP, "hosts").Array() {
		if p, err := outbound.ParsePattern(h.String()); err == nil { // else `carya check` tells
			r.hosts = append(r.hosts, p)
		}
	}
	return r, nil
}

// allow reports whether a host may be called.
func (r rules) allow(u *url.URL) error {
	if r.any || slices.ContainsFunc(r.hosts, func(p outbound.Pattern) bool { return p.Match(u) }) {
		return nil
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
