package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingUpdate is `thing SET update ID…`.
func thingUpdate(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "update",
		Manual: manual("thingupdate"),
		Params: []shell.Param{setParam(), {Name: "ID", Repeat: true, Help: both("ids of things", "数据 id，可多个")}},
		Options: thingOptions(
			optional("fields", "JSON", shell.JSON, "what changes; without a value it is read from the pipe", "要修改的字段，无值时读管道")),
		Reads:  true,
		Writes: true,
		Run:    func(c *shell.Call) error { return runThingUpdate(c, d) },
	}
}

func runThingUpdate(c *shell.Call, d Deps) error {
	set, err := thingSet(c, d)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	if err := maySet(c, fields); err != nil {
		return err
	}
	var page thingset.Page
	for _, id := range c.Args(1) {
		rec, err := set.Update(c.Context(), id.Text(), fields)
		if err != nil {
			return err
		}
		page.List = append(page.List, rec)
	}
	if len(page.List) == 1 {
		return c.Reply(appendThing(nil, page.List[0].Body))
	}
	return c.Reply(page.AppendList(nil, appendThing))
}
