package cmds

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func rm() *shell.Command {
	return &shell.Command{
		Name:   "rm",
		Manual: manual("rm"),
		Writes: true,
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Repeat: true,
			Help: both("what to remove", "要删除的对象"),
		}},
		Options: []shell.Option{
			flag("r", "a directory with all that it holds", "目录连同里面的一切"),
			flag("f", "what does not exist is no error", "对象不存在也不报错"),
		},
		Run: func(c *shell.Call) error {
			for _, a := range c.Args(0) {
				if err := remove(c, a); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func remove(c *shell.Call, a shell.Arg) error {
	t, p, err := ownPath(c, a)
	if err == nil {
		err = t.Remove(p, c.Has("r"))
	}
	if c.Has("f") && domain.CodeOf(err) == "e.io.obj.noexists" {
		return nil
	}
	return err
}
