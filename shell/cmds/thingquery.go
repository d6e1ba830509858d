package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingQuery is `thing SET query [MATCH]`.
func thingQuery(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "query",
		Manual: manual("thingquery"),
		Params: []shell.Param{setParam(), {
			Name: "MATCH", Type: shell.Match, Optional: true, Check: thingset.CheckMatch,
			Help: both("which things", "条件"),
		}},
		Options: thingOptions(
			withCheck(option("sort", "JSON", shell.JSON, "the order, e.g. {ct:-1}", "次序，如 {ct:-1}"), checkSort),
			option("limit", "N", shell.Int, "at most N", "最多 N 条"),
			option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 条"),
			flag("pager", "as {list,pager}", "输出为 {list,pager}")),
		Run: func(c *shell.Call) error { return runThingQuery(c, d) },
	}
}

func runThingQuery(c *shell.Call, d Deps) error {
	set, err := thingSet(c, d)
	if err != nil {
		return err
	}
	q, err := thingWanted(c)
	if err != nil {
		return err
	}
	page, err := set.Query(c.Context(), q)
	if err != nil {
		return err
	}
	if c.Has("pager") {
		return c.Reply(page.AppendPaged(nil, appendThing))
	}
	return c.Reply(page.AppendList(nil, appendThing))
}

// thingWanted reads the match, -sort, -limit and -skip.
func thingWanted(c *shell.Call) (q thingset.Query, err error) {
	node, err := c.Arg(1).Node()
	if err != nil {
		return q, err
	}
	if q.Match, err = thingset.CompileMatch(node); err != nil {
		return q, err
	}
	if q.Limit, err = wholeNumber(c, "limit", 0); err != nil {
		return q, err
	}
	if q.Skip, err = wholeNumber(c, "skip", 0); err != nil {
		return q, err
	}
	keys := q.Match.Keys()
	if c.Opt("sort").Text() != "" {
		node, err := c.Opt("sort").Node()
		if err != nil {
			return q, err
		}
		if q.Sort, err = thingset.ParseSort(node); err != nil {
			return q, err
		}
		for _, o := range q.Sort {
			keys = append(keys, o.Key)
		}
	}
	return q, mayAsk(keys)
}
