package cmds

import (
	"fmt"
	"iter"
	"time"

	"github.com/caryahq/carya/domain"
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
			option("page", "N", shell.Int, "page N of -limit things each, from 1", "第 N 页（从 1 起），每页 -limit 条"),
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
	if q.Skip, err = skipOfPage(c, q); err != nil {
		return err
	}
	q.Bin, q.NoSum = c.Has("bin"), !c.Has("pager")
	if c.Has("obj") {
		q.Limit = 1
	}
	found, err := set.Walk(c.Context(), q)
	if err != nil {
		return err
	}
	if c.Has("explain") {
		return explain(c, found)
	}
	show, err := viewOf(c)
	switch {
	case err != nil:
		return err
	case c.Has("obj"):
		return replyFirst(c, found.Bodies(show))
	case c.Has("pager"):
		return c.ReplyPaged(found.Bodies(show), func() []byte { return found.Pager().Append(nil) })
	}
	return c.ReplyList(found.Bodies(show))
}

// replyFirst prints the first of some items, null when there is none.
func replyFirst(c *shell.Call, items iter.Seq2[[]byte, error]) error {
	for item, err := range items {
		if err != nil {
			return err
		}
		return c.Reply(item)
	}
	return c.Reply(nil)
}

// skipOfPage is how many things lie before the page that -page names.
func skipOfPage(c *shell.Call, q thingset.Query) (int, error) {
	if !c.Has("page") {
		return q.Skip, nil
	}
	n, err := wholeNumber(c, "page", 1)
	switch {
	case err != nil:
		return 0, err
	case q.Limit == 0 || c.Has("skip"):
		return 0, domain.E("e.cmd.usage", domain.Text{ZH: "-page 要与 -limit 同用，不能与 -skip 同用", EN: "-page goes with -limit, and not with -skip"})
	case n < 1 || n > maxSkip/q.Limit:
		return 0, domain.E("e.cmd.arg", domain.Text{ZH: "-page 从 1 起", EN: "-page begins with 1"})
	}
	return (n - 1) * q.Limit, nil
}

// maxSkip bounds what a page may lie behind.
const maxSkip = 1 << 30

// explain prints how a page was found, in place of it.
func explain(c *shell.Call, found *thingset.Found) error {
	start := time.Now()
	for _, err := range found.Each() {
		if err != nil {
			return err
		}
	}
	plan, took := found.Plan(), time.Since(start)
	return c.Reply(fmt.Appendf(nil, `{"plan":%s,"read":%d,"count":%d,"us":%d}`, quoted(plan.Way), plan.Read, found.Pager().Count, took.Microseconds()))
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
