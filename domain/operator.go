package domain

import "github.com/caryahq/carya/domain/grant"

// operatorPath is where the operator's word lies, outside of every domain.
const operatorPath = serverDir + "/operator.json"

// Operator is the operator's word on all domains of the root; it is current within
// a fifth of a second.
func (r *Root) Operator() *grant.Book { return r.operator }

// Grants is what the operator allows a domain, whether or not there is one of that
// name. It is never nil; its shares are complete.
func (r *Root) Grants(name string) *grant.Grants { return r.operator.Table().Of(name) }

// Grants is what the operator allows the domain now.
func (d *Domain) Grants() *grant.Grants { return d.root.Grants(d.name) }
