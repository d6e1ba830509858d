package cmds

import "github.com/caryahq/carya/shell"

// thingGet is `thing SET get ID`.
func thingGet(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "get",
		Manual:  manual("thingget"),
		Params:  []shell.Param{setParam(), idParam()},
		Options: thingOptions(),
		Run: func(c *shell.Call) error {
			set, err := thingSet(c, d)
			if err != nil {
				return err
			}
			rec, err := set.Get(c.Context(), c.Arg(1).Text())
			if err != nil {
				return err
			}
			return c.Reply(appendThing(nil, rec.Body))
		},
	}
}
