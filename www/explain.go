package www

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// explanation is why some roles may or may not do an action.
type explanation struct {
	action string
	allow  bool
	roles  []string
	absent []string // roles that are nowhere
	rules  []said   // what counts, in order of the roles
}

// said is a rule that is about the action.
type said struct {
	role, from, rule string
	allow            bool
}

// explain says for each action what decides it.
func (s *Service) explain(ctx context.Context, p *people, site *Site, roles string, actions []string) ([]explanation, error) {
	r, err := s.rightsOf(ctx, p, site, roles)
	if err != nil {
		return nil, err
	}
	out := make([]explanation, len(actions))
	for i, action := range actions {
		e := explanation{action: action, allow: r.may(action), roles: strings.FieldsFunc(roles, betweenRoles)}
		for _, right := range r {
			right.matrix.about(action, func(rule string, allow bool) {
				e.rules = append(e.rules, said{right.role, right.from, rule, allow})
			})
		}
		for _, name := range e.roles {
			if !r.has(name) {
				e.absent = append(e.absent, name)
			}
		}
		out[i] = e
	}
	return out, nil
}

func (r rights) has(role string) bool {
	for i := range r {
		if r[i].role == role {
			return true
		}
	}
	return false
}

// about tells the rules that are about an action, the exact one first.
func (m *matrix) about(action string, f func(rule string, allow bool)) {
	if allow, ok := m.exact[action]; ok {
		f(action, allow)
	}
	for _, h := range m.heads {
		if strings.HasPrefix(action, h.head) {
			f(h.head+"*", h.allow)
		}
	}
}

// why is the reason in a line.
func (e *explanation) why() string {
	for _, r := range e.rules {
		if !r.allow {
			return r.role + " denies it by " + r.rule + " (" + r.from + "), and a denial wins"
		}
	}
	for _, r := range e.rules {
		return r.role + " allows it by " + r.rule + " (" + r.from + "), and no role denies it"
	}
	if len(e.roles) == 0 {
		return "there is no role, and what nobody allows is denied"
	}
	return "no role says anything of it, and what nobody allows is denied"
}

func (e *explanation) appendJSON(b []byte) []byte {
	b = relaxed.AppendString(append(b, `{"action":`...), e.action)
	b = append(b, `,"allow":`...)
	b = appendBool(b, e.allow)
	b = relaxed.AppendString(append(b, `,"why":`...), e.why())
	b = appendStrings(append(b, `,"roles":`...), e.roles)
	b = appendStrings(append(b, `,"absent":`...), e.absent)
	b = append(b, `,"rules":[`...)
	for i, r := range e.rules {
		if i > 0 {
			b = append(b, ',')
		}
		b = relaxed.AppendString(append(b, `{"role":`...), r.role)
		b = relaxed.AppendString(append(b, `,"from":`...), r.from)
		b = relaxed.AppendString(append(b, `,"rule":`...), r.rule)
		b = append(appendBool(append(b, `,"allow":`...), r.allow), '}')
	}
	return append(b, `]}`...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = relaxed.AppendString(b, s)
	}
	return append(b, ']')
}
