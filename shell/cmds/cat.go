package cmds

import "github.com/caryahq/carya/shell"

func cat() *shell.Command {
	return &shell.Command{
		Name:   "cat",
		Manual: manual("cat"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Run: func(c *shell.Call) error {
			return eachSource(c, 0, func(s source) error {
				c.Promise(s.size)
				return copyTo(c.Out, s)
			})
		},
	}
}
