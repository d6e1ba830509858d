package grant

import (
	"slices"

	"github.com/caryahq/carya/domain/relaxed"
)

// Text is the table as Parse reads it: strict JSON, indented, the domains in their
// order, without those that were granted nothing.
func (t *Table) Text() []byte {
	b := append([]byte{}, `{"domains":{`...)
	for i, name := range t.nonEmpty() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(relaxed.AppendString(b, name), ':')
		b = t.appendDomain(b, name)
	}
	b = append(b, '}')
	if len(t.shares) > 0 {
		b = appendShares(append(b, `,"shares":`...), t.shares)
	}
	return append(relaxed.AppendIndent(nil, append(b, '}'), "  "), '\n')
}

func (t *Table) nonEmpty() []string {
	return slices.DeleteFunc(t.Names(), func(name string) bool {
		g := t.domains[name]
		return len(g.Hosts)+len(g.Owner)+len(g.Networks)+len(g.Env)+len(t.own[name]) == 0
	})
}

func (t *Table) appendDomain(b []byte, name string) []byte {
	g := t.domains[name]
	m := members{b: append(b, '{')}
	m.list("hosts", g.Hosts)
	if g.Owner != "" {
		m.b = relaxed.AppendString(m.key("owner"), g.Owner)
	}
	var networks []string
	for _, n := range g.Networks {
		networks = append(networks, n.String())
	}
	m.list("networks", networks)
	m.list("env", g.Env)
	if own := t.own[name]; len(own) > 0 {
		m.b = appendShares(m.key("shares"), own)
	}
	return append(m.b, '}')
}

// members writes an object's members.
type members struct {
	b     []byte
	begun bool
}

func (m *members) key(name string) []byte {
	if m.begun {
		m.b = append(m.b, ',')
	}
	m.begun = true
	return append(relaxed.AppendString(m.b, name), ':')
}

func (m *members) list(name string, items []string) {
	if len(items) == 0 {
		return
	}
	b := append(m.key(name), '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = relaxed.AppendString(b, item)
	}
	m.b = append(b, ']')
}

func appendShares(b []byte, values map[string]int64) []byte {
	m := members{b: append(b, '{')}
	for _, s := range shareList() {
		if n, ok := values[s.name]; ok {
			m.b = relaxed.AppendString(m.key(s.name), s.text(n))
		}
	}
	return append(m.b, '}')
}
