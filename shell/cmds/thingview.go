package cmds

import (
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// view appends what may be seen of a record.
type view func(dst, body []byte) []byte

// viewOf is the view that -e asks for.
func viewOf(c *shell.Call) (view, error) {
	if !c.Has("e") {
		return appendThing, nil
	}
	f, err := filterOf(c, c.Opt("e"))
	if err != nil {
		return nil, err
	}
	return func(dst, body []byte) []byte { return appendMembers(dst, string(body), f) }, nil
}

// appendThing appends a record without its secrets.
func appendThing(dst, body []byte) []byte {
	if !thingset.MayHoldSecrets(body) {
		return append(dst, body...)
	}
	return appendMembers(dst, string(body), filter{})
}

// appendMembers appends the members of an object that a filter lets through,
// without secrets at any depth.
func appendMembers(dst []byte, raw string, f filter) []byte {
	return thingset.AppendVisibleMembers(dst, raw, f.lets)
}

// replyThings prints one thing as an object, when one was asked for, else a
// list.
func replyThings(c *shell.Call, list []thingset.Record, one bool) error {
	show, err := viewOf(c)
	if err != nil {
		return err
	}
	if one && len(list) == 1 {
		return c.Reply(show(nil, list[0].Body))
	}
	return c.Reply(thingset.Page{List: list}.AppendList(nil, show))
}
