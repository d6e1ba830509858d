package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingDelete is `thing SET delete ID…`.
func thingDelete(d Deps) *shell.Command {
	query := matchOption("query")
	query.Help = both("as -match", "同 -match")
	return &shell.Command{
		Name:   "delete",
		Manual: manual("thingdelete"),
		Params: []shell.Param{setParam(), idsParam()},
		Options: thingOptions(
			flag("hard", "remove it for good, also from the bin", "彻底删除，包括回收站里的"),
			ukeyOption(), matchOption("match"), query,
			flag("safec", "pass over ids that are not there", "忽略不存在的数据"),
			flag("safe", "as -safec", "同 -safec")),
		Writes: true,
		Run:    withSet(d, runThingDelete),
	}
}

func runThingDelete(c *shell.Call, set *thingset.Set) error {
	option := "match"
	if c.Has("query") {
		option = "query"
	}
	hard, pass := c.Has("hard"), c.Has("safec") || c.Has("safe") || c.Has(option)
	ids, err := wanted(c, set, option, hard, pass)
	if err != nil {
		return err
	}
	report, o := batchOf(c, pass)
	if err := report.end(set.DeleteAll(c.Context(), ids, hard, o)); err != nil {
		return err
	}
	return c.Reply([]byte("true"))
}
