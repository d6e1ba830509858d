package cmds

import "github.com/caryahq/carya/shell"

func mkdir() *shell.Command {
	return &shell.Command{
		Name:   "mkdir",
		Manual: manual("mkdir"),
		Writes: true,
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Repeat: true,
			Help: both("the directory", "目录路径"),
		}},
		Options: []shell.Option{
			flag("p", "also those above it (always so)", "连同上级目录（总是如此）"),
		},
		Run: func(c *shell.Call) error {
			for _, a := range c.Args(0) {
				t, p, err := pathOf(c, a)
				if err != nil {
					return err
				}
				if err := t.Mkdir(p); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
