package domain

import "github.com/caryahq/carya/domain/grant"

// ByHost is the domain of a request's host: NAME of NAME.localhost, or the one that
// the operator granted the host to. What a domain says of itself maps nothing. A port,
// a trailing dot and the spelling do not count.
func (r *Root) ByHost(host string) (*Domain, bool) {
	host = grant.RequestHost(host)
	name, ok := grant.LocalDomain(host)
	if !ok {
		name, ok = r.operator.Table().Host(host)
	}
	if !ok {
		return nil, false
	}
	d, err := r.Domain(name)
	return d, err == nil
}

// HasHost reports whether a host was granted to a domain that there is, without
// opening it.
func (r *Root) HasHost(host string) bool {
	name, ok := r.operator.Table().Host(grant.RequestHost(host))
	return ok && r.Has(name)
}

// Has reports whether there is a domain of that name, without opening it.
func (r *Root) Has(name string) bool {
	if CheckName(name) != nil {
		return false
	}
	fi, err := r.files.Lstat(name)
	return err == nil && fi.IsDir()
}
