package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingUpdate is `thing SET update ID…`.
func thingUpdate(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "update",
		Manual: manual("thingupdate"),
		Params: []shell.Param{setParam(), idsParam()},
		Options: thingOptions(
			fieldsOption("what changes; null removes a field", "要修改的字段，null 表示删除"),
			incOption(), ukeyOption(), matchOption("match"),
			flag("safe", "pass over ids that are not there", "忽略不存在的数据"),
			viewOption()),
		Reads:  true,
		Writes: true,
		Run:    withSet(d, d.runThingUpdate),
	}
}

func (d Deps) runThingUpdate(c *shell.Call, set *thingset.Set) error {
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	if err := maySet(c, fields); err != nil {
		return err
	}
	if err := mayName(c, set, fields); err != nil {
		return err
	}
	d.tellPlain(c, fields)
	by, err := incOf(c)
	if err == nil {
		err = mayAdd(c, set, by)
	}
	if err != nil {
		return err
	}
	pass := c.Has("safe") || c.Has("match")
	ids, err := wanted(c, set, "match", false, pass)
	if err != nil {
		return err
	}
	if err := plausible(ids); err != nil {
		return err
	}
	report, o := batchOf(c, pass)
	return report.reply(o, func(o thingset.Batch) ([]thingset.Record, error) {
		return set.UpdateAll(c.Context(), ids, fields, by, o)
	})
}

// plausible tells who gives fields in place of ids.
func plausible(ids []string) error {
	for _, id := range ids {
		if strings.HasPrefix(id, "{") {
			return domain.E("e.cmd.arg", domain.Textf("%v 不是 ID；要改的内容写在 -fields，要改哪些写在 -match", "%v is no id; what changes goes with -fields, which things with -match", id))
		}
	}
	return nil
}
