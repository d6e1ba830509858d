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
	d.tellPlain(c, fields)
	by, err := incOf(c)
	if err != nil {
		return err
	}
	ids, err := wanted(c, set, "match", false, c.Has("safe"))
	if err != nil {
		return err
	}
	if ids, err = existing(c, set, ids, c.Has("safe") || c.Has("match")); err != nil {
		return err
	}
	var list []thingset.Record
	for _, id := range ids {
		rec, err := set.UpdateAdding(c.Context(), id, fields, by)
		if err != nil {
			return err
		}
		list = append(list, rec)
	}
	return replyThings(c, list, c.NArg() == 2)
}

// existing are the ids of things that are there. Unless others are to be passed
// over one of them is an error, before anything is changed.
func existing(c *shell.Call, set *thingset.Set, ids []string, pass bool) (out []string, err error) {
	for _, id := range ids {
		_, err := set.Get(c.Context(), id)
		if err != nil && strings.HasPrefix(id, "{") {
			return nil, domain.E("e.cmd.arg", domain.Textf("%v 不是 ID；要改的内容写在 -fields，要改哪些写在 -match", "%v is no id; what changes goes with -fields, which things with -match", id))
		}
		if err == nil {
			out = append(out, id)
		} else if !pass || domain.CodeOf(err) != "e.thing.noexists" {
			return nil, err
		}
	}
	return out, nil
}
