package cmds

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func touch() *shell.Command {
	return &shell.Command{
		Name:   "touch",
		Manual: manual("touch"),
		Writes: true,
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Repeat: true,
			Help: both("the file", "文件路径"),
		}},
		Options: []shell.Option{flag("id", "give it an id, and print that", "给它一个 ID 并打印出来")},
		Run: func(c *shell.Call) error {
			for _, a := range c.Args(0) {
				if err := touchOne(c, a); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func touchOne(c *shell.Call, a shell.Arg) error {
	t, p, err := pathOf(c, a)
	if err != nil {
		return err
	}
	if _, err = t.Stat(p); domain.CodeOf(err) == "e.io.obj.noexists" {
		err = t.Append(p, nil)
	}
	if err != nil || !c.Has("id") {
		return err
	}
	id, err := t.AssignID(p)
	if err != nil {
		return err
	}
	_, err = c.Out.Write([]byte(id + "\n"))
	return err
}
