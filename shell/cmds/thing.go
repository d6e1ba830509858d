package cmds

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thing is the family that keeps things: `thing SET VERB …`, one file a verb.
func thing(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "thing",
		Manual: manual("thing"),
		VerbAt: 1,
		Verbs: []*shell.Command{
			thingCreate(d), thingDelete(d), thingGet(d), thingInit(d), thingQuery(d), thingUpdate(d),
		},
	}
}

func setParam() shell.Param {
	return shell.Param{Name: "SET", Type: shell.Ref, Help: both("the ThingSet's folder", "数据集目录")}
}

func idParam() shell.Param {
	return shell.Param{Name: "ID", Help: both("a thing's id", "数据 id")}
}

// thingOptions are the options of every verb that prints things.
func thingOptions(own ...shell.Option) []shell.Option {
	return append(append(own, shell.AjaxOption()), shell.JSONOptions()...)
}

// thingSet opens the ThingSet that the first word names.
func thingSet(c *shell.Call, d Deps) (*thingset.Set, error) {
	_, path, err := pathOf(c, c.Arg(0))
	if err != nil {
		return nil, err
	}
	if c.Who != domain.Owner && path.Hidden() {
		return nil, domain.E("e.thing.set.noexists", path)
	}
	return d.DB(c.Domain).Set(c.Context(), path)
}

// fieldsOf is the JSON of -fields: its value, or the pipe when it has none.
func fieldsOf(c *shell.Call) ([]byte, error) {
	if arg := c.Opt("fields"); arg.Given() {
		return arg.JSON()
	}
	raw, err := readJSON(c, "{}")
	return []byte(raw), err
}

// isSecret tells members that no answer ever shows.
func isSecret(name string) bool {
	return name == "passwd" || name == "salt" || strings.HasPrefix(name, "__")
}

// appendThing appends what may be shown of a record.
func appendThing(dst, body []byte) []byte {
	dst = append(dst, '{')
	gjson.ParseBytes(body).ForEach(func(key, value gjson.Result) bool {
		if isSecret(key.String()) {
			return true
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(relaxed.AppendString(dst, key.String()), ':')
		dst = append(dst, value.Raw...)
		return true
	})
	return append(dst, '}')
}

// mayAsk refuses to match on, or sort by, what is never shown: the answer
// would tell.
func mayAsk(keys []string) error {
	for _, key := range keys {
		head, _, _ := strings.Cut(key, ".")
		if isSecret(head) {
			return domain.E("e.thing.match", "this field cannot be asked for:", quoted(head))
		}
	}
	return nil
}
