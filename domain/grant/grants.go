package grant

import (
	"net/netip"
	"slices"
)

// Grants is what the operator allows one domain. It never changes; the zero value
// allows nothing and has no shares.
type Grants struct {
	Hosts    []string  // as Host writes them
	Owner    string    // "" when the operator named none: then the domain is its own owner
	Networks []Network // besides the public internet
	Env      []string  // names of environment variables
	Shares   Shares    // complete: what the operator left out has its default
}

// HasHost reports whether a host, as Host writes it, is among the grants.
func (g *Grants) HasHost(host string) bool { return slices.Contains(g.Hosts, host) }

// HasEnv reports whether the domain's settings may name a variable of the
// environment.
func (g *Grants) HasEnv(name string) bool { return slices.Contains(g.Env, name) }

// Reaches reports whether an address that is not public may be connected to.
func (g *Grants) Reaches(a netip.AddrPort) bool {
	return slices.ContainsFunc(g.Networks, func(n Network) bool { return n.Contains(a) })
}

// ReachesPort is Reaches by a grant that names the very port.
func (g *Grants) ReachesPort(a netip.AddrPort) bool {
	return slices.ContainsFunc(g.Networks, func(n Network) bool { return n.Port != 0 && n.Contains(a) })
}
