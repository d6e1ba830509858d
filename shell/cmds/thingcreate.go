package cmds

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingCreate is `thing SET create`.
func thingCreate(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "create",
		Manual: manual("thingcreate"),
		Params: []shell.Param{setParam()},
		Options: thingOptions(
			fieldsOption("the thing, or a list of them", "数据对象或其列表"),
			option("unique", "KEY", shell.Text, "update the thing that has the same value of this unique key (a+b: of both), create it when there is none", "按唯一键（多个写作 a+b）更新已有数据，没有才新建"),
			incOption(),
			flag("process", "tell of each thing on the error stream", "在错误流上报告进度"),
			viewOption()),
		Reads:  true,
		Writes: true,
		Run:    withSet(d, d.runThingCreate),
	}
}

func (d Deps) runThingCreate(c *shell.Call, set *thingset.Set) error {
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	docs, one := [][]byte{fields}, true
	if all := gjson.ParseBytes(fields); all.IsArray() {
		docs, one = nil, false
		for _, item := range all.Array() {
			docs = append(docs, []byte(item.Raw))
		}
	}
	for i, doc := range docs {
		err := maySet(c, doc)
		if err == nil {
			err = mayName(c, set, doc)
		}
		if err != nil {
			return ofList(err, i, one)
		}
		d.tellPlain(c, doc)
	}
	list, err := createThings(c, set, docs)
	if err != nil {
		return err
	}
	return replyThings(c, list, one)
}

// createThings makes all or none.
func createThings(c *shell.Call, set *thingset.Set, docs [][]byte) ([]thingset.Record, error) {
	by, err := incOf(c)
	if err == nil {
		err = mayAdd(c, set, by)
	}
	if err != nil {
		return nil, err
	}
	if !c.Has("unique") {
		if by != nil {
			return nil, domain.E("e.cmd.usage", domain.Text{ZH: "-inc 与 -unique KEY 一起使用", EN: "-inc goes with -unique KEY"})
		}
		list, err := set.CreateAll(c.Context(), docs)
		for i, rec := range list {
			created(c, i, len(docs), rec.ID, both("created", "已创建"))
		}
		return list, err
	}
	ups, err := set.UpsertAll(c.Context(), splitKey(c.Opt("unique").Text()), docs, by)
	if err != nil {
		return nil, err
	}
	var list []thingset.Record
	for i, up := range ups {
		what := both("updated", "已更新")
		if up.Created {
			what = both("created", "已创建")
		}
		created(c, i, len(docs), up.ID, what)
		list = append(list, up.Record)
	}
	return list, nil
}

// created tells of one thing when -process asks for it.
func created(c *shell.Call, i, n int, id string, what domain.Text) {
	if c.Has("process") {
		c.Notef("%d/%d %s %s", i+1, n, what.In(c.Lang), id)
	}
}

// ofList says which item of a list an error is about.
func ofList(err error, i int, one bool) error {
	if one {
		return err
	}
	e := *domain.AsError(err)
	e.Detail = strings.TrimSpace(e.Detail + " (item " + strconv.Itoa(i) + " of the list)")
	return &e
}
