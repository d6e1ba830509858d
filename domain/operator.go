package domain

import (
	"errors"

	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/relaxed"
)

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

// Grant changes what the operator allows a domain; changed is false when it was so
// before. The errors are e.grant.taken, which names the domain that has the host,
// e.grant.value and e.grant.file.
func (r *Root) Grant(name string, c grant.Change) (changed bool, err error) {
	if !c.Revoke && !r.Has(name) {
		return false, E("e.domain.noexists", name)
	}
	changed, err = r.operator.Change(name, c)
	return changed, grantError(name, err)
}

// CheckGrant tells the error that Grant would meet, and changes nothing.
func (r *Root) CheckGrant(name string, c grant.Change) error {
	if err := r.operator.Fault(); err != nil {
		return grantError(name, err)
	}
	_, _, err := r.operator.Table().With(name, c)
	return grantError(name, err)
}

// OperatorFault is why operator.json as it lies does not count: e.grant.file, nil
// when it does.
func (r *Root) OperatorFault() error { return grantError("", r.operator.Fault()) }

// OperatorOdd is what operator.json says that counts otherwise than it stands there, such
// as unknown keys: warnings.
func (r *Root) OperatorOdd() []Fault {
	odd := r.operator.Odd()
	list := placedIn(operatorPath, odd.Src, odd.Warnings)
	for i := range list {
		list[i].Warn = true
	}
	return list
}

// grantError gives an error of package grant its code.
func grantError(name string, err error) error {
	if taken, ok := errors.AsType[*grant.Taken](err); ok {
		back := grant.Command(taken.By, grant.Change{Kind: "host", Value: taken.Host, Revoke: true})
		return E("e.grant.taken", Textf("%v 已授予域 %v；先收回：%v", "%v is the domain %v's; take it back first: %v", taken.Host, taken.By, back))
	}
	if broken, ok := errors.AsType[*grant.Broken](err); ok {
		return E("e.grant.file", FaultLines(operatorFaults(broken)))
	}
	if wrong, ok := errors.AsType[*relaxed.Error](err); ok {
		return E("e.grant.value", TextOf(wrong))
	}
	if err != nil {
		return Wrap(err, "e.internal", Textf("写入授权 %v", "write the grants of %v", name))
	}
	return nil
}

func operatorFaults(b *grant.Broken) []Fault { return placedIn(operatorPath, b.Src, b.Faults) }

func placedIn(file, src string, errs []*relaxed.Error) (list []Fault) {
	for _, f := range errs {
		list = append(list, faultAt(file, src, f.Offset, Text{ZH: f.ZH, EN: f.Msg}))
	}
	return list
}
