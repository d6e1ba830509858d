package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingDuplicate is `thing SET duplicate ID`.
func thingDuplicate(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "duplicate",
		Manual:  manual("thingduplicate"),
		Params:  []shell.Param{setParam(), idParam()},
		Options: thingOptions(fieldsOption("what is different", "不同的字段"), viewOption()),
		Reads:   true,
		Writes:  true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			fields := []byte("{}")
			if c.Has("fields") {
				var err error
				if fields, err = fieldsOf(c); err != nil {
					return err
				}
			}
			if err := maySet(c, fields); err != nil {
				return err
			}
			if err := mayName(c, set, fields); err != nil {
				return err
			}
			rec, err := set.Duplicate(c.Context(), c.Arg(1).Text(), fields)
			if err != nil {
				return err
			}
			return replyThings(c, []thingset.Record{rec}, true)
		}),
	}
}
