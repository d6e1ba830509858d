package cmds

import "github.com/caryahq/carya/shell"

// thingDelete is `thing SET delete ID…`.
func thingDelete(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "delete",
		Manual:  manual("thingdelete"),
		Params:  []shell.Param{setParam(), {Name: "ID", Repeat: true, Help: both("ids of things", "数据 id，可多个")}},
		Options: thingOptions(flag("hard", "remove it, past the bin", "彻底删除，不进回收站")),
		Writes:  true,
		Run: func(c *shell.Call) error {
			set, err := thingSet(c, d)
			if err != nil {
				return err
			}
			for _, id := range c.Args(1) {
				if err := set.Delete(c.Context(), id.Text(), c.Has("hard")); err != nil {
					return err
				}
			}
			return c.Reply([]byte("true"))
		},
	}
}
