package www

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// pvgVerb is `www pvg SITE ROLE ACTION…`: whether roles may do something.
func (s *Service) pvgVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "pvg",
		Manual: manual("pvg"),
		Params: []shell.Param{
			siteParam(),
			{Name: "ROLE", Help: text("角色名，多个以逗号分隔", "a role, or several separated by commas")},
			{Name: "ACTION", Repeat: true, Help: text("动作，如 order.read", "an action, e.g. order.read")},
		},
		Options: answerOptions(
			shell.Option{Name: "or", Help: text("满足任一即可", "any one of them will do")},
			shell.Option{Name: "user", Help: text("ROLE 是账户：查它的角色", "ROLE is an account: its roles count")},
			shell.Option{Name: "explain", Help: text("说明原因", "say why")},
		),
		Run: s.pvg,
	}
}

func (s *Service) pvg(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	var actions []string
	for _, arg := range c.Args(2) {
		actions = append(actions, arg.Text())
	}
	roles := c.Arg(1).Text()
	if c.Has("user") {
		if roles, err = s.rolesOfUser(c, site, roles); err != nil {
			return err
		}
	}
	if c.Has("explain") {
		return s.replyWhy(c, p, site, roles, actions)
	}
	ok, err := s.mayAll(c.Context(), p, site, roles, actions, c.Has("or"))
	if err != nil {
		return err
	}
	if ok {
		return c.Reply([]byte("true"))
	}
	return c.Reply([]byte("false"))
}

// rolesOfUser are the roles of an account that the caller may see.
func (s *Service) rolesOfUser(c *shell.Call, site *Site, user string) (string, error) {
	who, err := s.asked(c, site, user)
	if err != nil {
		return "", err
	}
	if !isMe(c, site, who) {
		if err := s.allowed(c, site, mayList); err != nil {
			return "", err
		}
	}
	return rolesOf(who.body), nil
}

// replyWhy answers with an explanation for each action.
func (s *Service) replyWhy(c *shell.Call, p *people, site *Site, roles string, actions []string) error {
	list, err := s.explain(c.Context(), p, site, roles, actions)
	if err != nil {
		return err
	}
	b := []byte{'['}
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = list[i].appendJSON(b, c.Lang)
	}
	if len(list) > 0 && len(list[0].absent) > 0 {
		c.Notef("%s", list[0].nowhere().In(c.Lang))
	}
	return c.Reply(append(b, ']'))
}
