package www

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// A role is a thing of ~/roles:
//
//	{ nm:"editor", pvg:{ "order.read":true, "order.*":true, "order.delete":false } }
//
// An action is a dotted name; `*` at the end stands for all that begin so. Of an
// account's roles any may allow an action, and one that denies it wins. An
// account names its roles in `role`: one name, several separated by commas or
// blanks, or a list.

// rolesOf are the names of an account's roles.
func rolesOf(account []byte) []string {
	v := gjson.GetBytes(account, "role")
	var names []string
	if v.IsArray() {
		for _, n := range v.Array() {
			names = append(names, n.String())
		}
		return names
	}
	return strings.FieldsFunc(v.String(), func(r rune) bool { return r == ',' || r == ' ' })
}

// rights are the matrices of some roles.
type rights []gjson.Result

// rightsOf reads the roles that exist; a name without a role gives no right.
func (s *Service) rightsOf(ctx context.Context, p *people, site *Site, names []string) (rights, error) {
	if len(names) == 0 {
		return nil, nil
	}
	set, err := p.db.Set(ctx, site.Roles)
	if domain.CodeOf(err) == "e.thing.set.noexists" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out rights
	for _, name := range names {
		rec, err := set.Find(ctx, []string{"nm"}, name)
		switch domain.CodeOf(err) {
		case "":
			out = append(out, gjson.GetBytes(rec.Body, "pvg"))
		case "e.thing.noexists":
		default:
			return nil, err
		}
	}
	return out, nil
}

// may reports whether an action is allowed by a role and denied by none.
func (r rights) may(action string) bool {
	allowed := false
	for _, matrix := range r {
		yes, no := decide(matrix, action)
		if no {
			return false
		}
		allowed = allowed || yes
	}
	return allowed
}

// decide looks an action up in one matrix: an object of action: true|false, or
// a list of allowed actions.
func decide(matrix gjson.Result, action string) (allow, deny bool) {
	matrix.ForEach(func(key, value gjson.Result) bool {
		pattern, yes := key.String(), value.Bool()
		if matrix.IsArray() {
			pattern, yes = value.String(), true
		}
		if covers(pattern, action) {
			allow = allow || yes
			deny = deny || !yes
		}
		return true
	})
	return allow, deny
}

// covers reports whether a pattern stands for an action.
func covers(pattern, action string) bool {
	if head, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(action, head)
	}
	return pattern == action
}

// Can reports whether a person may do all of the actions, or with any one of
// them. Nobody may do nothing; an empty list asks for nothing and is true.
func (s *Service) Can(ctx context.Context, d *domain.Domain, id *domain.Identity, actions []string, any bool) (bool, error) {
	if id == nil {
		return false, nil
	}
	p := s.in(d)
	site, err := s.site(ctx, p, domain.Ref{ID: id.SiteID})
	if err != nil {
		return false, err
	}
	return s.mayAll(ctx, p, site, rolesOf(id.Me), actions, any)
}

func (s *Service) mayAll(ctx context.Context, p *people, site *Site, roles, actions []string, any bool) (bool, error) {
	if len(actions) == 0 {
		return true, nil
	}
	r, err := s.rightsOf(ctx, p, site, roles)
	if err != nil {
		return false, err
	}
	for _, action := range actions {
		if ok := r.may(action); ok == any {
			return ok, nil
		}
	}
	return !any, nil
}

// Identify is who a ticket stands for at a site.
func (s *Service) Identify(ctx context.Context, d *domain.Domain, ref domain.Ref, ticket string) (*domain.Identity, error) {
	site, err := s.site(ctx, s.in(d), ref)
	if err != nil {
		return nil, err
	}
	se, err := s.session(ctx, site, ticket)
	if err != nil {
		return nil, err
	}
	return &domain.Identity{
		SessionID: se.ID,
		Ticket:    ticket,
		SiteID:    site.ID,
		UID:       se.Person.ID,
		Name:      se.Person.name(),
		Role:      strings.Join(rolesOf(se.Person.body), ","),
		Group:     se.Person.get("grp").String(),
		Me:        se.Person.own(),
	}, nil
}
