package www

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// explanation is why some roles may or may not do an action.
type explanation struct {
	action string
	allow  bool
	roles  []string
	absent []string  // roles that are nowhere
	places [2]string // where roles may be
	rules  []said    // what counts, in order of the roles
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
		e := explanation{action: action, allow: r.may(action), roles: strings.FieldsFunc(roles, betweenRoles),
			places: [2]string{site.Roles.String(), site.grants.file.path.String()}}
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

// why is the reason in a line; roles that are nowhere are named.
func (e *explanation) why() domain.Text {
	t := e.decides()
	if len(e.absent) == 0 {
		return t
	}
	no := e.nowhere()
	return domain.Text{ZH: t.ZH + "；" + no.ZH, EN: t.EN + "; " + no.EN}
}

// decides is what the answer comes from.
func (e *explanation) decides() domain.Text {
	for _, r := range e.rules {
		if !r.allow {
			return domain.Textf("%s 以 %s（%s）拒绝，拒绝优先", "%s denies it by %s (%s), and a denial wins", r.role, r.rule, r.from)
		}
	}
	for _, r := range e.rules {
		return domain.Textf("%s 以 %s（%s）允许，没有角色拒绝", "%s allows it by %s (%s), and no role denies it", r.role, r.rule, r.from)
	}
	if len(e.roles) == 0 {
		return domain.Text{ZH: "没有角色，无人允许即拒绝", EN: "there is no role, and what nobody allows is denied"}
	}
	return domain.Text{ZH: "没有角色提到它，无人允许即拒绝", EN: "no role says anything of it, and what nobody allows is denied"}
}

// nowhere names the roles that do not exist.
func (e *explanation) nowhere() domain.Text {
	names := strings.Join(e.absent, ", ")
	if len(e.absent) == 1 {
		return domain.Textf("角色 %s 不存在：%s 与 %s 中都没有", "the role %s does not exist, neither in %s nor in %s", names, e.places[0], e.places[1])
	}
	return domain.Textf("角色 %s 不存在：%s 与 %s 中都没有", "the roles %s do not exist, neither in %s nor in %s", names, e.places[0], e.places[1])
}

func (e *explanation) appendJSON(b []byte, l domain.Lang) []byte {
	b = relaxed.AppendString(append(b, `{"action":`...), e.action)
	b = append(b, `,"allow":`...)
	b = appendBool(b, e.allow)
	b = relaxed.AppendString(append(b, `,"why":`...), e.why().In(l))
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
