package cmds

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingInit is `thing SET init`.
func thingInit(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "init",
		Manual: manual("thinginit"),
		Params: []shell.Param{setParam()},
		Options: thingOptions(
			optional("fields", "JSON", shell.JSON, "what thing.json holds; without a value it is read from the pipe", "thing.json 的内容，无值时读管道")),
		Reads:  true,
		Writes: true,
		Run:    func(c *shell.Call) error { return runThingInit(c, d) },
	}
}

func runThingInit(c *shell.Call, d Deps) error {
	if c.Who != domain.Owner {
		return domain.E("e.cmd.forbidden", domain.Text{ZH: "thing init 只有主人可用", EN: "thing init is the owner's"})
	}
	tree, path, err := pathOf(c, c.Arg(0))
	if err != nil {
		return err
	}
	file, err := path.Join(thingset.SchemaFile)
	if err != nil {
		return err
	}
	_, err = tree.Stat(file)
	missing := domain.CodeOf(err) == "e.io.obj.noexists"
	if err != nil && !missing {
		return err
	}
	if missing || c.Has("fields") {
		if err := writeSchema(c, tree, file); err != nil {
			return err
		}
	}
	if _, err := d.DB(c.Domain).Set(c.Context(), path); err != nil {
		return err
	}
	obj, err := tree.Stat(path)
	if err != nil {
		return err
	}
	return c.Reply(obj.AppendJSON(nil))
}

// writeSchema writes a thing.json that is known to be good.
func writeSchema(c *shell.Call, tree *domain.Tree, file domain.Path) error {
	schema := []byte("{}")
	if c.Has("fields") {
		var err error
		if schema, err = fieldsOf(c); err != nil {
			return err
		}
	}
	if _, err := thingset.ParseSchema(schema); err != nil {
		return err
	}
	return tree.WriteFile(file, append(relaxed.AppendIndent(nil, schema, "  "), '\n'))
}
