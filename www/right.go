package www

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// A role is a thing of ~/roles:
//
//	{ nm:"editor", pvg:{ "order.read":true, "order.*":true, "order.delete":false } }
//
// An action is a dotted name; `*` at the end stands for all that begin so. Of an
// account's roles any may allow an action, and one that denies it wins. An
// account names its roles in `role`: one name, several separated by commas or
// blanks, or a list.

// rolesOf are the names of an account's roles, separated by commas.
func rolesOf(account []byte) string {
	v := gjson.GetBytes(account, "role")
	if !v.IsArray() {
		return v.String()
	}
	var names []string
	for _, n := range v.Array() {
		names = append(names, n.String())
	}
	return strings.Join(names, ",")
}

func betweenRoles(r rune) bool { return r == ',' || r == ' ' }

// matrix is what one role says, made once for each version of the role.
type matrix struct {
	exact map[string]bool
	heads []headRule
}

// headRule says it for all actions that begin so.
type headRule struct {
	head  string
	allow bool
}

// readMatrix reads `pvg`: an object of action: true|false, or a list of allowed
// actions. What is neither true nor a name denies.
func readMatrix(pvg gjson.Result) *matrix {
	m := &matrix{exact: map[string]bool{}}
	pvg.ForEach(func(key, value gjson.Result) bool {
		if pvg.IsArray() {
			m.add(value.String(), true)
		} else {
			m.add(key.String(), value.Type == gjson.True)
		}
		return true
	})
	return m
}

func (m *matrix) add(pattern string, allow bool) {
	if head, ok := strings.CutSuffix(pattern, "*"); ok {
		m.heads = append(m.heads, headRule{head, allow})
		return
	}
	if known, ok := m.exact[pattern]; ok {
		allow = allow && known
	}
	m.exact[pattern] = allow
}

// decide looks an action up.
func (m *matrix) decide(action string) (allow, deny bool) {
	if yes, ok := m.exact[action]; ok {
		allow, deny = yes, !yes
	}
	for _, r := range m.heads {
		if strings.HasPrefix(action, r.head) {
			allow, deny = allow || r.allow, deny || !r.allow
		}
	}
	return allow, deny
}

// right is what one role says, in one place.
type right struct {
	role   string
	from   string // fromRole or fromFile
	matrix *matrix
}

// Where a right is written down.
const (
	fromRole = "role"     // the role's own record
	fromFile = "pvg.json" // the matrix of all roles
)

// rights are those of some roles.
type rights []right

// may reports whether an action is allowed by a role and denied by none.
func (r rights) may(action string) bool {
	allowed := false
	for i := range r {
		yes, no := r[i].matrix.decide(action)
		if no {
			return false
		}
		allowed = allowed || yes
	}
	return allowed
}

// roleKey is the unique key that roles are found by.
var roleKey = []string{"nm"}

func matrixOf(r thingset.Record) *matrix { return readMatrix(gjson.GetBytes(r.Body, "pvg")) }

// Can reports whether a person may do all of the actions, or with any one of
// them. Nobody may do nothing; an empty list asks for nothing and is true.
func (s *Service) Can(ctx context.Context, d *domain.Domain, id *domain.Identity, actions []string, any bool) (bool, error) {
	if id == nil {
		return false, nil
	}
	p := s.in(d)
	site := s.knownSite(p, id.SiteID)
	if site == nil {
		var err error
		if site, err = s.site(ctx, p, domain.Ref{ID: id.SiteID}); err != nil {
			return false, err
		}
	}
	return s.mayAll(ctx, p, site, id.Role, actions, any)
}

func (s *Service) mayAll(ctx context.Context, p *people, site *Site, roles string, actions []string, any bool) (bool, error) {
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
	return identityOf(site, se), nil
}

// Alive is Identify without using the session: a run that lasts asks it.
func (s *Service) Alive(ctx context.Context, d *domain.Domain, ref domain.Ref, ticket string) (*domain.Identity, error) {
	site, err := s.site(ctx, s.in(d), ref)
	if err != nil {
		return nil, err
	}
	se, err := s.sessionOf(ctx, site, ticketID(ticket), ticket, false)
	if err != nil {
		return nil, err
	}
	return identityOf(site, se), nil
}

func identityOf(site *Site, se *Session) *domain.Identity {
	return &domain.Identity{
		SessionID: se.ID,
		Ticket:    se.Ticket,
		SiteID:    site.ID,
		UID:       se.Person.ID,
		Actor:     se.actor,
		Name:      se.Person.name(),
		Role:      rolesOf(se.Person.body),
		Group:     se.Person.get("grp").String(),
		Me:        se.Person.own(),
	}
}
