package cmds

import (
	"fmt"
	"time"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingQuery is `thing SET query [MATCH]`.
func thingQuery(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "query",
		Manual: manual("thingquery"),
		Params: []shell.Param{setParam(), matchParam()},
		Options: thingOptions(
			sortOption(),
			option("limit", "N", shell.Int, "at most N", "最多 N 条"),
			option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 条"),
			flag("pager", "as {list,pager}", "输出为 {list,pager}"),
			flag("obj", "the first as an object, null when there is none", "只输出第一条（对象），没有则为 null"),
			flag("bin", "also what is in the bin", "包括回收站"),
			flag("explain", "how the things are found, in place of them", "只输出查询方式"),
			viewOption()),
		Run: withSet(d, runThingQuery),
	}
}

func runThingQuery(c *shell.Call, set *thingset.Set) error {
	q, err := thingWanted(c)
	if err != nil {
		return err
	}
	q.Bin, q.NoSum = c.Has("bin"), !c.Has("pager")
	if c.Has("obj") {
		q.Limit = 1
	}
	start := time.Now()
	page, err := set.Query(c.Context(), q)
	if err != nil {
		return err
	}
	if c.Has("explain") {
		return c.Reply(explained(page, time.Since(start)))
	}
	show, err := viewOf(c)
	switch {
	case err != nil:
		return err
	case c.Has("obj") && len(page.List) == 0:
		return c.Reply(nil)
	case c.Has("obj"):
		return c.Reply(show(nil, page.List[0].Body))
	case c.Has("pager"):
		return c.Reply(page.AppendPaged(nil, show))
	}
	return c.Reply(page.AppendList(nil, show))
}

func explained(p thingset.Page, took time.Duration) []byte {
	return fmt.Appendf(nil, `{"plan":%s,"read":%d,"count":%d,"us":%d}`, quoted(p.Plan.Way), p.Plan.Read, p.Pager.Count, took.Microseconds())
}

// thingWanted reads the match, -sort, -limit and -skip.
func thingWanted(c *shell.Call) (q thingset.Query, err error) {
	if q.Match, err = thingMatch(c.Arg(1)); err != nil {
		return q, err
	}
	if q.Sort, err = thingSort(c); err != nil {
		return q, err
	}
	if q.Skip, err = wholeNumber(c, "skip", 0); err != nil {
		return q, err
	}
	q.Limit, err = wholeNumber(c, "limit", 0)
	return q, err
}
