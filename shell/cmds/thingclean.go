package cmds

import (
	"strconv"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingClean is `thing SET clean`.
func thingClean(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "clean",
		Manual:  manual("thingclean"),
		Params:  []shell.Param{setParam()},
		Options: thingOptions(),
		Writes:  true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			report, o := batchOf(c, true)
			n, err := set.Clean(c.Context(), o)
			if err := report.end(err); err != nil {
				return err
			}
			return c.Reply(strconv.AppendInt(nil, int64(n), 10))
		}),
	}
}
