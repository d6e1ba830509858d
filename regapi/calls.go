package regapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/shell/syntax"
)

// called is an address that the text of an endpoint names for `http`.
type called struct {
	at syntax.Pos
	to *url.URL
}

// noteCall notes what an http command calls, as far as the text says.
func (c *compiler) noteCall(cmd *syntax.Command) {
	if commandName(cmd) != "http" {
		return
	}
	for _, w := range cmd.Words[1:] {
		text := literalStart(w)
		if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
			continue
		}
		_, rest, _ := strings.Cut(text, "://")
		if end := strings.IndexAny(rest, "/?#"); end < 0 && !literal(w) {
			return // the host comes from elsewhere
		} else if end >= 0 {
			text = text[:len(text)-len(rest)+end]
		}
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			c.ep.calls = append(c.ep.calls, called{w.Pos, u})
		}
		return
	}
}

// literalStart is the text of a word up to what fills it.
func literalStart(w *syntax.Word) string {
	var b strings.Builder
	for _, p := range w.Pieces {
		l, ok := p.(*syntax.Lit)
		if !ok {
			break
		}
		b.WriteString(l.Text)
	}
	return b.String()
}

// callFaults tells of calls to hosts that the settings do not list.
func (m *mount) callFaults(eps []*endpoint) (out []domain.Fault) {
	hosts := outbound.Patterns(m.d)
	for _, ep := range eps {
		for _, call := range ep.calls {
			if slices.ContainsFunc(hosts, func(p outbound.Pattern) bool { return p.Match(call.to) }) {
				continue
			}
			f := faultAt(ep.file, call.at, domain.Textf("domain.json 的 http.hosts 没有列出 %v：这个调用会被拒绝", "http.hosts of domain.json does not list %v: the call is refused", call.to.Host))
			f.Warn = true
			out = append(out, f)
		}
	}
	return out
}
