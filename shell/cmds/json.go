package cmds

import (
	"cmp"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

func jsonCommand() *shell.Command {
	return &shell.Command{
		Name:   "json",
		Manual: manual("json"),
		Reads:  true,
		Options: append(shell.JSONOptions(),
			option("get", "PATH", shell.Text, "the value at a path: a.b[0].c", "取路径上的值：a.b[0].c"),
			option("key", "RE", shell.Regexp, "keep the members whose key matches; !RE drops them", "保留键匹配的成员，!RE 则去掉"),
			withCheck(option("mapping", "JSON", shell.JSON, "new names: {old:\"new\"}", "改名：{旧名:\"新名\"}"), checkMapping),
			flag("only", "with -mapping: drop what it does not name", "与 -mapping 合用：去掉没有提到的成员"),
			flag("keys", "the list of the keys", "键的列表"),
			option("val", "KEY", shell.Text, "a member's value; of a list, the list of values", "成员的值；对列表则是值的列表"),
			option("u", "JSON", shell.JSON, "set members, at any depth; null removes", "更新成员（逐层），null 表示删除"),
			option("a", "JSON", shell.JSON, "set members that are absent, at any depth", "补上没有的成员（逐层）"),
			option("prefix", "TEXT", shell.Text, "put a text before the keys", "给键加前缀"),
			option("put", "KEY", shell.Text, "wrap it: {KEY: …}", "包进一个新对象：{KEY: …}"),
			flag("s", "the pipe is a text: make a JSON string of it", "把管道内容当作文字，变成 JSON 字符串"),
			flag("str", "print a string without quotes", "字符串不带引号打印"),
		),
		Run: runJSON,
	}
}

func withCheck(o shell.Option, f func(*relaxed.Node) error) shell.Option {
	o.Check = f
	return o
}

func checkMapping(n *relaxed.Node) error {
	bad := domain.E("e.cmd.arg", domain.Text{ZH: `映射是由文本组成的对象：{old:"new"}`, EN: `a mapping is an object of texts: {old:"new"}`})
	if n.Kind == relaxed.Hole {
		return nil
	}
	if n.Kind != relaxed.Object {
		return bad
	}
	for _, f := range n.Fields {
		if f.Value.Kind != relaxed.String && f.Value.Kind != relaxed.Hole {
			return bad
		}
	}
	return nil
}

func runJSON(c *shell.Call) error {
	raw, err := jsonInput(c)
	if err != nil {
		return err
	}
	for _, op := range []func(*shell.Call, string) (string, error){
		jsonGet, jsonKey, jsonMapping, jsonKeys, jsonVal, jsonUpdate, jsonPrefix, jsonPut,
	} {
		if raw, err = op(c, raw); err != nil {
			return err
		}
	}
	return printWhole(c, raw)
}

func jsonInput(c *shell.Call) (string, error) {
	if !c.Has("s") {
		return readJSON(c, "")
	}
	data, err := c.ReadInput(0)
	if err != nil {
		return "", err
	}
	return quotedInput(domain.Text{ZH: "管道中的内容", EN: "what the pipe holds"}, strings.TrimRight(string(data), "\n"))
}

// printWhole prints JSON with its nulls.
func printWhole(c *shell.Call, raw string) error {
	var out []byte
	switch {
	case c.Has("str") && gjson.Parse(raw).Type == gjson.String:
		out = []byte(gjson.Parse(raw).Str)
	case c.Has("c"):
		out = relaxed.AppendCompact(nil, []byte(raw))
	default:
		out = relaxed.AppendIndent(nil, []byte(raw), "  ")
	}
	_, err := c.Out.Write(append(out, '\n'))
	return err
}

func jsonGet(c *shell.Call, raw string) (string, error) {
	if !c.Has("get") {
		return raw, nil
	}
	if v, ok := walk(raw, c.Opt("get").Text()); ok {
		return v, nil
	}
	return "null", nil
}

// maxEach bounds what a change of every object of a list reads, in bytes: what changes
// them, once for each.
const maxEach = shell.MaxInput / 4

// eachObject changes an object, or every object of a list; extra is how long what changes
// them is. The list may be no longer than a command's input afterwards.
func eachObject(c *shell.Call, raw string, extra int, f func(*object) (*object, error)) (string, error) {
	if strings.HasPrefix(raw, "{") {
		o, err := f(objectOf(raw))
		if err != nil {
			return "", err
		}
		return o.json(), nil
	}
	if !strings.HasPrefix(raw, "[") {
		return raw, nil
	}
	items := itemsOf(raw)
	read, size := 0, 0
	for i, item := range items {
		if strings.HasPrefix(item, "{") {
			if err := lasts(c, i); err != nil {
				return "", err
			}
			if read += extra; read > maxEach {
				return "", tooLong(maxEach)
			}
			o, err := f(objectOf(item))
			if err != nil {
				return "", err
			}
			items[i] = o.json()
		}
		if size += len(items[i]); size > shell.MaxInput {
			return "", tooLong(shell.MaxInput)
		}
	}
	return listOf(items), nil
}

func jsonKey(c *shell.Call, raw string) (string, error) {
	f, err := filterOf(c, c.Opt("key"))
	if err != nil || !c.Has("key") {
		return raw, err
	}
	raw, err = eachObject(c, raw, 0, func(o *object) (*object, error) {
		out := &object{}
		for _, m := range o.list {
			if f.lets(m.key) {
				out.put(m.key, m.raw)
			}
		}
		return out, nil
	})
	return raw, cmp.Or(c.Context().Err(), err)
}

func jsonMapping(c *shell.Call, raw string) (string, error) {
	if !c.Has("mapping") {
		return raw, nil
	}
	mapping, err := jsonArg(c, "mapping")
	if err != nil {
		return "", err
	}
	to := objectOf(mapping)
	return eachObject(c, raw, 0, func(o *object) (*object, error) {
		out := &object{}
		for _, m := range o.list {
			name, ok := to.get(m.key)
			switch {
			case ok:
				out.put(plain(name), m.raw)
			case !c.Has("only"):
				out.put(m.key, m.raw)
			}
		}
		return out, nil
	})
}

func jsonKeys(c *shell.Call, raw string) (string, error) {
	if !c.Has("keys") {
		return raw, nil
	}
	var keys []string
	for _, m := range objectOf(raw).list {
		keys = append(keys, quoted(m.key))
	}
	return listOf(keys), nil
}

func jsonVal(c *shell.Call, raw string) (string, error) {
	if !c.Has("val") {
		return raw, nil
	}
	key := c.Opt("val").Text()
	value := func(raw string) string {
		if v, ok := walk(raw, key); ok {
			return v
		}
		return "null"
	}
	if !strings.HasPrefix(raw, "[") {
		return value(raw), nil
	}
	items := itemsOf(raw)
	for i := range items {
		if err := lasts(c, i); err != nil {
			return "", err
		}
		items[i] = value(items[i])
	}
	return listOf(items), nil
}

func jsonPrefix(c *shell.Call, raw string) (string, error) {
	if !c.Has("prefix") {
		return raw, nil
	}
	prefix := c.Opt("prefix").Text()
	return eachObject(c, raw, 0, func(o *object) (*object, error) {
		if len(prefix)*len(o.list) > shell.MaxInput {
			return nil, tooLong(shell.MaxInput)
		}
		for i := range o.list {
			o.list[i].key = prefix + o.list[i].key
		}
		return o, nil
	})
}

func jsonPut(c *shell.Call, raw string) (string, error) {
	if !c.Has("put") {
		return raw, nil
	}
	return (&object{list: []member{{c.Opt("put").Text(), raw}}}).json(), nil
}
