package cmds

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func mv() *shell.Command {
	return &shell.Command{
		Name:   "mv",
		Manual: manual("mv"),
		Writes: true,
		Params: []shell.Param{
			{Name: "FROM", Type: shell.Ref, Help: both("what to move", "要移动的对象")},
			{Name: "TO", Type: shell.Ref, Help: both("its new path, or a directory to put it in", "新路径，或者要放进去的目录")},
		},
		Run: func(c *shell.Call) error {
			if _, _, err := ownPath(c, c.Arg(0)); err != nil {
				return err
			}
			t, from, to, err := fromTo(c)
			if err != nil {
				return err
			}
			return t.Rename(from, to)
		},
	}
}

// fromTo are the two ends of a copy or a move. An existing directory as target
// means a place inside it.
func fromTo(c *shell.Call) (t *domain.Tree, from, to domain.Path, err error) {
	if t, from, err = pathOf(c, c.Arg(0)); err != nil {
		return
	}
	if to, err = targetOf(c, c.Arg(1), from.Base()); err != nil {
		return
	}
	if to != from && to.Below(from) {
		err = domain.E("e.io.path", domain.Textf("%v 位于 %v 之内", "%v lies inside %v", to.String(), from.String()))
	}
	return
}

func targetOf(c *shell.Call, a shell.Arg, name string) (domain.Path, error) {
	t, to, err := pathOf(c, a)
	if err != nil {
		return "", err
	}
	if o, err := t.Stat(to); err == nil && o.Race == domain.DIR && name != "" {
		return to.Join(name)
	}
	return to, nil
}
