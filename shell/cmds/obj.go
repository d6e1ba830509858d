package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

func obj() *shell.Command {
	return &shell.Command{
		Name:   "obj",
		Manual: manual("obj"),
		Reads:  true,
		Writes: true,
		Params: []shell.Param{{
			Name: "PATH", Type: shell.Ref, Optional: true, Repeat: true,
			Help: both("an object; without one, ~/", "对象，不给则为 ~/"),
		}},
		Options: objOptions(),
		Run:     runObj,
	}
}

func objOptions() []shell.Option {
	match := option("match", "MATCH", shell.Match, "what the directory holds and matches, as a list", "目录里匹配的子对象，输出列表")
	match.Check = thingset.CheckMatch
	change := []shell.Option{
		optional("new", "JSON", shell.JSON, "make an object in the directory: {nm,race,…}; without a value from the pipe", "在目录里新建对象：{nm,race,…}，不给值则读管道"),
		optional("u", "JSON", shell.JSON, "set metadata; null removes; without a value from the pipe", "更新元数据，null 表示删除，不给值则读管道"),
		optional("set", "JSON", shell.JSON, "as -u, but objects are merged at any depth", "同 -u，但对象会逐层融合"),
		withCheck(option("push", "JSON", shell.JSON, "add to lists: {key:value}; what is there is not added again", "追加到列表：{键:值}，已有的不重复追加"), checkPop(nil)),
		flag("dup", "with -push: add it again", "与 -push 合用：重复也追加"),
		withCheck(option("pop", "JSON", shell.JSON, "take from lists: {key:\"v:x\"}", "从列表里去掉：{键:\"v:x\"}"), checkPop(popRule)),
	}
	selection := []shell.Option{
		match,
		withCheck(option("sort", "JSON", shell.JSON, "order of the list: {ct:-1}", "列表的次序：{ct:-1}"), checkSort),
		option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 个"),
		option("limit", "N", shell.Int, "at most N", "最多 N 个"),
		flag("pager", "as {list,pager}", "输出为 {list,pager}"),
		optional("an", "MODE", shell.Literal, "its ancestors: noself, noroot, nodes or full", "祖先：noself、noroot、nodes 或 full"),
		optional("tree", "DEPTH", shell.Int, "with what it holds as children, that many levels (1)", "带 children，默认一层"),
		option("noexists", "HOW", shell.Literal, "an object that is not there: null or ignore", "对象不存在时：null 或 ignore"),
	}
	show := []shell.Option{
		option("e", "RE", shell.Regexp, "only the fields whose key matches; !RE the others", "只要键匹配的字段，!RE 取反"),
		flag("l", "always as a list", "总是输出列表"),
		flag("V", "only the values", "只输出值"),
		option("sep", "TEXT", shell.Text, "with -V: between values (a blank)", "与 -V 合用：值之间的分隔，默认空格"),
		option("t", "KEYS", shell.Text, "as a table of these columns: nm,len", "表格输出的列：nm,len"),
		flag("h", "with -t: a head", "与 -t 合用：表头"),
		flag("b", "with -t: a border", "与 -t 合用：边框"),
		flag("i", "with -t: numbers", "与 -t 合用：序号"),
		flag("s", "with -t: a summary", "与 -t 合用：脚注"),
		flag("Q", "print nothing", "不输出"),
		flag("o", "print (always so)", "输出（总是如此）"),
	}
	out := append(shell.JSONOptions(), change...)
	return append(append(out, selection...), show...)
}

func checkSort(n *relaxed.Node) error {
	if n.HasHoles() {
		return nil
	}
	_, err := thingset.ParseSort(n)
	return err
}

// found is what obj prints: objects as JSON.
type found struct {
	list  []string
	many  bool
	pager thingset.Pager
}

func runObj(c *shell.Call) error {
	targets, err := objTargets(c)
	if err != nil {
		return err
	}
	if c.Has("match") {
		if c.Has("new") {
			return domain.E("e.cmd.usage", domain.Text{ZH: "-new 与 -match 不能同时给出", EN: "-new and -match do not go together"})
		}
		if targets, err = matching(c, targets); err != nil {
			return err
		}
	}
	if targets, err = change(c, targets); err != nil {
		return err
	}
	f, err := selectObjects(c, targets)
	if err != nil || c.Has("Q") {
		return err
	}
	return printObjects(c, f)
}

// target is an object that a word names. obj is nil when there is none, which
// -noexists allows, or when it is the request.
type target struct {
	obj     *domain.Object
	request bool
}

func objTargets(c *shell.Call) ([]target, error) {
	t, err := treeOf(c)
	if err != nil {
		return nil, err
	}
	if c.NArg() == 0 {
		o, err := t.Stat("")
		return []target{{obj: o}}, err
	}
	var out []target
	for _, a := range c.Args(0) {
		ref, err := a.Ref()
		if err != nil {
			return nil, err
		}
		if isRequest(c, ref) {
			out = append(out, target{request: true})
			continue
		}
		o, err := t.Object(ref)
		if err != nil && domain.CodeOf(err) == "e.io.obj.noexists" {
			switch c.Opt("noexists").Text() {
			case "null":
				out, err = append(out, target{}), nil
			case "ignore":
				err = nil
			}
		} else if err == nil {
			out = append(out, target{obj: o})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// view is an object as JSON. An endpoint sees no password and no private field.
func (t target) view(c *shell.Call) (string, error) {
	switch {
	case t.request:
		return requestObject(c)
	case t.obj == nil:
		return "null", nil
	}
	return objectJSON(c, t.obj), nil
}

func objectJSON(c *shell.Call, o *domain.Object) string {
	raw := string(o.AppendJSON(nil))
	if c.Who == domain.Owner {
		return raw
	}
	clean := true
	eachMember(raw, func(key, _ string) { clean = clean && !private(key) })
	if clean {
		return raw
	}
	out := &object{}
	eachMember(raw, func(key, v string) {
		if !private(key) {
			out.put(key, v)
		}
	})
	return out.json()
}

// private reports whether a field never reaches an endpoint's script.
func private(key string) bool {
	return key == "passwd" || key == "salt" || strings.HasPrefix(key, "__")
}

// requestObject is the request as an object: what id:${id} names.
func requestObject(c *shell.Call) (string, error) {
	r := c.Request
	o := &object{}
	o.put("id", quoted(r.ID))
	o.put("race", `"FILE"`)
	o.put("http-method", quoted(r.Method))
	o.put("http-uri", quoted(r.Path))
	ps, err := r.Form()
	for _, p := range ps {
		if p.Body {
			continue
		}
		value, err := quotedInput(domain.Textf("参数 %v ", "the parameter %v", quoted(p.Name)), p.Value)
		if err != nil {
			return "", err
		}
		o.put("http-qs-"+strings.ToLower(p.Name), value)
	}
	return o.json(), err
}
