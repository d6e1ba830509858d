package cmds

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/relaxed"
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
	if !mayHoldSecrets(body) {
		return append(dst, body...)
	}
	return appendMembers(dst, string(body), filter{})
}

// mayHoldSecrets is a quick look for what isSecret tells.
func mayHoldSecrets(raw []byte) bool {
	return bytes.Contains(raw, []byte(`"passwd"`)) || bytes.Contains(raw, []byte(`"salt"`)) ||
		bytes.Contains(raw, []byte(`"__`)) || bytes.Contains(raw, []byte(`\u`))
}

// appendMembers appends the members of an object that a filter lets through,
// without secrets at any depth.
func appendMembers(dst []byte, raw string, f filter) []byte {
	dst = append(dst, '{')
	first := true
	gjson.Parse(raw).ForEach(func(key, value gjson.Result) bool {
		if isSecret(key.Str) || !f.lets(key.Str) {
			return true
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(relaxed.AppendString(dst, key.Str), ':')
		dst = appendValue(dst, value)
		return true
	})
	return append(dst, '}')
}

func appendValue(dst []byte, v gjson.Result) []byte {
	switch {
	case v.Type != gjson.JSON || !strings.Contains(v.Raw, "{"):
		return append(dst, v.Raw...)
	case v.IsObject():
		return appendMembers(dst, v.Raw, filter{})
	}
	dst = append(dst, '[')
	for i, item := range v.Array() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, item)
	}
	return append(dst, ']')
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
