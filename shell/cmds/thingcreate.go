package cmds

import (
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
			optional("fields", "JSON", shell.JSON, "the thing, or a list of them; without a value it is read from the pipe", "数据对象或其列表，无值时读管道")),
		Reads:  true,
		Writes: true,
		Run:    func(c *shell.Call) error { return runThingCreate(c, d) },
	}
}

func runThingCreate(c *shell.Call, d Deps) error {
	set, err := thingSet(c, d)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	doc := gjson.ParseBytes(fields)
	if !doc.IsArray() {
		rec, err := createOne(c, set, fields)
		if err != nil {
			return err
		}
		return c.Reply(appendThing(nil, rec.Body))
	}
	var page thingset.Page
	for i, item := range doc.Array() {
		rec, err := createOne(c, set, []byte(item.Raw))
		if err != nil {
			return domain.Wrap(err, domain.CodeOf(err), domain.AsError(err).Detail, "(item", i, "of the list; those before it are made)")
		}
		page.List = append(page.List, rec)
	}
	return c.Reply(page.AppendList(nil, appendThing))
}

// createOne makes one thing; a request sets no secret of it.
func createOne(c *shell.Call, set *thingset.Set, fields []byte) (thingset.Record, error) {
	if err := maySet(c, fields); err != nil {
		return thingset.Record{}, err
	}
	return set.Create(c.Context(), fields)
}

// maySet refuses a request's fields that no answer ever shows: passwords are
// set by www, which hashes them.
func maySet(c *shell.Call, fields []byte) (err error) {
	if c.Who == domain.Owner {
		return nil
	}
	gjson.ParseBytes(fields).ForEach(func(key, _ gjson.Result) bool {
		if isSecret(key.String()) {
			err = domain.E("e.io.forbidden", "a request cannot set", quoted(key.String()))
		}
		return err == nil
	})
	return err
}
