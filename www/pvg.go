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
		Options: answerOptions(shell.Option{Name: "or", Help: text("满足任一即可", "any one of them will do")}),
		Run:     s.pvg,
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
	ok, err := s.mayAll(c.Context(), p, site, c.Arg(1).Text(), actions, c.Has("or"))
	if err != nil {
		return err
	}
	if ok {
		return c.Reply([]byte("true"))
	}
	return c.Reply([]byte("false"))
}
