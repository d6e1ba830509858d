package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingGetOne is `thing SET getone [MATCH]`.
func thingGetOne(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "getone",
		Manual:  manual("thinggetone"),
		Params:  []shell.Param{setParam(), matchParam()},
		Options: thingOptions(sortOption(), option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 条"), viewOption()),
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			q, err := thingWanted(c)
			if err != nil {
				return err
			}
			rec, err := set.One(c.Context(), q)
			if err != nil {
				return err
			}
			return replyThings(c, []thingset.Record{rec}, true)
		}),
	}
}
