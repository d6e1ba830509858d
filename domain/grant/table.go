package grant

import (
	"maps"
	"slices"
)

// Table is what operator.json says at one moment. It never changes.
type Table struct {
	domains  map[string]*Grants
	order    []string          // the domains as they stand in the file
	hosts    map[string]string // by host, the domain that has it
	shares   map[string]int64  // what the file says for every domain
	own      map[string]map[string]int64
	defaults Grants // of a domain that the file does not name
}

func newTable() *Table {
	return &Table{
		domains: map[string]*Grants{}, hosts: map[string]string{}, shares: map[string]int64{},
		own: map[string]map[string]int64{}, defaults: Grants{Shares: DefaultShares()},
	}
}

// Of is what a domain was granted; nothing but shares when the file does not name
// it. It is never nil.
func (t *Table) Of(domain string) *Grants {
	if g, ok := t.domains[domain]; ok {
		return g
	}
	return &t.defaults
}

// Host is the domain that was granted a host, as RequestHost writes it.
func (t *Table) Host(host string) (domain string, ok bool) {
	domain, ok = t.hosts[host]
	return domain, ok
}

// Names are the domains that the file names, in its order.
func (t *Table) Names() []string { return slices.Clone(t.order) }

// complete fills the shares in, and gives each host to the first that has it.
func (t *Table) complete() {
	t.defaults.Shares = DefaultShares()
	t.defaults.Shares.set(t.shares)
	for _, name := range t.order {
		g := t.domains[name]
		g.Shares = t.defaults.Shares
		g.Shares.set(t.own[name])
		for _, host := range g.Hosts {
			if _, taken := t.hosts[host]; !taken {
				t.hosts[host] = name
			}
		}
	}
}

func (s *Shares) set(values map[string]int64) {
	for _, k := range shareList() {
		if n, ok := values[k.name]; ok {
			*k.at(s) = n
		}
	}
}

// clone is a table to change: maps and grants are its own, complete comes later.
func (t *Table) clone() *Table {
	c := newTable()
	c.order = slices.Clone(t.order)
	c.shares = maps.Clone(t.shares)
	for name, g := range t.domains {
		c.domains[name] = &Grants{Hosts: slices.Clone(g.Hosts), Owner: g.Owner, Networks: slices.Clone(g.Networks), Env: slices.Clone(g.Env)}
	}
	for name, values := range t.own {
		c.own[name] = maps.Clone(values)
	}
	return c
}

// at is the grants of a domain in a table that is being made; they are made when
// there are none.
func (t *Table) at(domain string) *Grants {
	g, ok := t.domains[domain]
	if !ok {
		g = &Grants{}
		t.domains[domain] = g
		t.order = append(t.order, domain)
	}
	return g
}

// Lines are a domain's grants, each as `carya grant` takes it: DOMAIN KIND VALUE.
func (t *Table) Lines(domain string) []string {
	g, ok := t.domains[domain]
	if !ok {
		return nil
	}
	var out []string
	add := func(kind, value string) {
		out = append(out, typed(domain, value, []string{domain, kind, Word(value)}))
	}
	for _, host := range g.Hosts {
		add("host", host)
	}
	for _, n := range g.Networks {
		add("network", n.String())
	}
	for _, name := range g.Env {
		add("env", name)
	}
	if g.Owner != "" {
		add("owner", g.Owner)
	}
	for _, s := range shareList() {
		if n, ok := t.own[domain][s.name]; ok {
			add("share", s.name+"="+s.text(n))
		}
	}
	return out
}
