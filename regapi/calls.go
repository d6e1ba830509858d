package regapi

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/shell"
)

// CallFaults tells of calls to hosts that the domain's settings do not list, which are
// refused whoever the script runs as.
func CallFaults(d *domain.Domain, calls []shell.Called) (out []domain.Fault) {
	if len(calls) == 0 {
		return nil
	}
	hosts := outbound.Patterns(d)
	for _, call := range calls {
		if slices.ContainsFunc(hosts, func(p outbound.Pattern) bool { return p.Match(call.To) }) {
			continue
		}
		f := faultAt(call.File, call.At, domain.Textf("domain.json 的 http.hosts 没有列出 %v：这个调用会被拒绝", "http.hosts of domain.json does not list %v: the call is refused", call.To.Host))
		f.Warn = true
		out = append(out, f)
	}
	return out
}

// callFaults tells of those of the endpoints.
func (m *mount) callFaults(eps []*endpoint) (out []domain.Fault) {
	for _, ep := range eps {
		if ep.script != nil {
			out = append(out, CallFaults(m.d, ep.script.Called())...)
		}
	}
	return out
}
