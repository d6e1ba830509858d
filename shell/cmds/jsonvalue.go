package cmds

import (
	"iter"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

// JSON values are handled in raw form: strict JSON as text.

// listOf is a JSON list of raw items.
func listOf(items []string) string { return "[" + strings.Join(items, ",") + "]" }

// itemsOf takes a strict JSON list apart; anything else has none.
func itemsOf(raw string) (out []string) {
	r := gjson.Parse(raw)
	if !r.IsArray() {
		return nil
	}
	r.ForEach(func(_, v gjson.Result) bool {
		out = append(out, v.Raw)
		return true
	})
	return out
}

// quoted is a text as a JSON string.
func quoted(s string) string { return string(relaxed.AppendString(nil, s)) }

// quotedInput is quoted of what came from outside: a text that is not UTF-8 is e.json,
// nothing of it is replaced. what names it.
func quotedInput(what domain.Text, s string) (string, error) {
	if at := relaxed.BadByte(s); at >= 0 {
		return "", notUTF8(what, at)
	}
	return quoted(s), nil
}

func notUTF8(what domain.Text, at int) error {
	return domain.E("e.json", domain.Textf("%v在第 %v 字节处不是 UTF-8", "%v is not UTF-8 at byte %v", what, at))
}

// plain is a JSON value as people read it: a string without its quotes, null as
// nothing, any other value in raw form.
func plain(raw string) string {
	switch r := gjson.Parse(raw); r.Type {
	case gjson.String:
		return r.Str
	case gjson.Null:
		return ""
	}
	return raw
}

// steps takes a path apart, as far as it is asked: a.b[2].c and a.b.2.c have the same steps.
func steps(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for path != "" {
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			step := path[:end]
			path = path[min(end+1, len(path)):]
			if step = strings.ReplaceAll(step, "]", ""); step != "" && !yield(step) {
				return
			}
		}
	}
}

// walk follows a path into a JSON value. A member of the path's whole name
// counts before a walk. An index from the end is negative.
func walk(raw, path string) (string, bool) {
	w := walker{raw: raw}
	return w.walk(path)
}

// walker follows paths into one JSON value. From the second on it has a table of the
// value's members.
type walker struct {
	raw     string
	asked   bool
	members map[string]string // nil: not made yet
}

func (w *walker) walk(path string) (string, bool) {
	if v, ok := w.member(path); ok {
		return v, true
	}
	raw, first := w.raw, true
	for s := range steps(path) {
		v, ok := "", false
		if first && strings.HasPrefix(raw, "{") {
			v, ok = w.member(s)
		} else {
			v, ok = step(raw, s)
		}
		if !ok {
			return "", false
		}
		raw, first = v, false
	}
	return raw, true
}

// member is a member of the value itself; of those of one name the last.
func (w *walker) member(key string) (string, bool) {
	if !w.asked {
		w.asked = true
		return memberOf(w.raw, key)
	}
	if w.members == nil {
		w.members = map[string]string{}
		eachMember(w.raw, func(k, v string) { w.members[k] = v })
	}
	v, ok := w.members[key]
	return v, ok
}

// memberOf is one member's value in a strict JSON object.
func memberOf(raw, key string) (value string, ok bool) {
	eachMember(raw, func(k, v string) {
		if k == key {
			value, ok = v, true
		}
	})
	return value, ok
}

func step(raw, name string) (string, bool) {
	if v, ok := memberOf(raw, name); ok {
		return v, true
	}
	items := itemsOf(raw)
	i, err := strconv.Atoi(name)
	if err != nil {
		return "", false
	}
	if i < 0 {
		i += len(items)
	}
	if i < 0 || i >= len(items) {
		return "", false
	}
	return items[i], true
}

// readJSON reads the pipe as one relaxed JSON document; an empty pipe is what
// empty says, and an error when that is "".
func readJSON(c *shell.Call, empty string) (string, error) {
	data, err := c.ReadInput(0)
	if err != nil {
		return "", err
	}
	if len(strings.TrimSpace(string(data))) == 0 && empty != "" {
		return empty, nil
	}
	raw, err := toJSON(string(data))
	if err != nil || len(data) < longInput {
		return raw, err
	}
	return raw, c.Hold(2*len(data) + memberHeld*countMembers(raw))
}

// longInput is from where on what a command makes of its JSON is counted, beside the text
// itself: a second text, and its items or members.
const (
	longInput  = 64 << 10
	memberHeld = 64 // of one item or member
)

// countMembers counts the items of a strict JSON list, or the members of an object.
func countMembers(raw string) (n int) {
	gjson.Parse(raw).ForEach(func(_, _ gjson.Result) bool {
		n++
		return true
	})
	return n
}

// toJSON makes strict JSON of a relaxed document that was sent.
func toJSON(src string) (string, error) {
	raw, err := relaxed.ToJSON(src)
	if err != nil {
		line, col := relaxed.LineCol(src, offsetOf(err))
		return "", domain.E("e.json", domain.Textf("%v，第 %v 行第 %v 列", "%v at line %v column %v", err, line, col))
	}
	return string(raw), nil
}

func offsetOf(err error) int {
	if e, ok := err.(*relaxed.Error); ok {
		return e.Offset
	}
	return 0
}

// objectArg is the JSON object of an option's value, or of the pipe when the
// option stands alone.
func objectArg(c *shell.Call, name string) (string, error) {
	raw, err := jsonArg(c, name)
	if err == nil && !strings.HasPrefix(raw, "{") {
		err = domain.E("e.cmd.arg", domain.Textf("-%v 的值是 JSON 对象", "-%v takes a JSON object", name))
	}
	return raw, err
}

func jsonArg(c *shell.Call, name string) (string, error) {
	a := c.Opt(name)
	if !a.Given() {
		return readJSON(c, "")
	}
	raw, err := a.JSON()
	return string(raw), err
}
