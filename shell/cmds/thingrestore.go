package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingRestore is `thing SET restore ID…`.
func thingRestore(d Deps) *shell.Command {
	return &shell.Command{
		Name:    "restore",
		Manual:  manual("thingrestore"),
		Params:  []shell.Param{setParam(), idsParam()},
		Options: thingOptions(matchOption("match"), viewOption()),
		Writes:  true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			ids, err := wanted(c, set, "match", true, false)
			if err != nil {
				return err
			}
			report, o := batchOf(c, c.Has("match"))
			return report.reply(o, func(o thingset.Batch) ([]thingset.Record, error) {
				return set.RestoreAll(c.Context(), ids, o)
			})
		}),
	}
}
