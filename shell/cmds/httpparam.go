package cmds

import (
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

func httpparam() *shell.Command {
	return &shell.Command{
		Name:   "httpparam",
		Manual: manual("httpparam"),
		Reads:  true,
		Options: append(shell.JSONOptions(),
			option("in", "PATH", shell.Ref, "id:${id} is the request; any other object, or the pipe, is read as a body", "id:${id} 是当前请求，其他对象或管道按请求体解析"),
			option("vint", "NAMES", shell.Text, "these become whole numbers (a,b); one that is none is an error", "转成整数的参数（a,b），不合法则报错"),
			option("vfloat", "NAMES", shell.Text, "these become numbers", "转成数字的参数"),
			option("vbool", "NAMES", shell.Text, "these become true or false", "转成布尔值的参数"),
			option("varray", "JSON", shell.JSON, "these become lists, split at a text: {ids:','}; or a list of names: each value an item", "转成列表的参数：{ids:','} 按分隔符拆开；给名字列表则每次出现是一项"),
			optional("map", "KEY", shell.Text, "wrap all in one member (params)", "整个包进一个成员，默认 params"),
			flag("json", "values of a JSON body keep their type", "JSON 请求体里的值保持原类型"),
		),
		Run: runHTTPParam,
	}
}

func runHTTPParam(c *shell.Call) error {
	ps, err := params(c)
	if err != nil {
		return err
	}
	o := &object{}
	for _, p := range ps {
		if _, sent := o.get(p.Name); !sent {
			o.put(p.Name, paramValue(p, c.Has("json")))
		}
	}
	if err := typed(c, o, ps); err != nil {
		return err
	}
	if c.Has("map") {
		key := "params"
		if a := c.Opt("map"); a.Given() {
			key = a.Text()
		}
		o = &object{list: []member{{key, o.json()}}}
	}
	return c.PrintJSON(o.appendJSON(nil))
}

// paramValue is a parameter as a JSON string, or in the type it was sent in.
func paramValue(p domain.Param, typed bool) string {
	if typed && p.JSON != nil {
		return string(p.JSON)
	}
	return quoted(p.Value)
}

// params are the parameters that count, in order: those of the body after those of
// the query, of which they replace all but site and ticket.
func params(c *shell.Call) ([]domain.Param, error) {
	all, err := allParams(c)
	if err != nil {
		return nil, err
	}
	var query, body = map[string]bool{}, map[string]bool{}
	for _, p := range all {
		if p.Body {
			body[p.Name] = true
		} else {
			query[p.Name] = true
		}
	}
	var out []domain.Param
	for _, p := range all {
		fromQuery := p.Name == "site" || p.Name == "ticket"
		if p.Body && fromQuery && query[p.Name] || !p.Body && !fromQuery && body[p.Name] {
			continue
		}
		for _, s := range []string{p.Name, p.Value} {
			if _, err := quotedInput(domain.Textf("参数 %v ", "the parameter %v", quoted(p.Name)), s); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func allParams(c *shell.Call) ([]domain.Param, error) {
	a := c.Opt("in")
	if !a.Given() {
		if c.Request != nil {
			return c.Request.Form()
		}
		data, err := c.ReadInput(0)
		if err != nil {
			return nil, err
		}
		return parseBody(string(data))
	}
	ref, err := a.Ref()
	if err != nil {
		return nil, err
	}
	if isRequest(c, ref) {
		return c.Request.Form()
	}
	r, err := open(c, a)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := c.ReadAll(withContext(c, r), shell.MaxInput)
	if err != nil {
		return nil, err
	}
	return parseBody(string(data))
}

// parseBody reads a saved body: a JSON object, or else a form.
func parseBody(src string) ([]domain.Param, error) {
	if !strings.HasPrefix(strings.TrimSpace(src), "{") {
		return parseForm(src)
	}
	raw, err := toJSON(src)
	if err != nil {
		return nil, err
	}
	if err := form.Measure([]byte(raw)); err != nil {
		return nil, err
	}
	var out []domain.Param
	gjson.Parse(raw).ForEach(func(k, v gjson.Result) bool {
		if len(out) == form.MaxParams {
			err = form.TooMany()
			return false
		}
		out = append(out, domain.Param{Name: k.Str, Value: plain(v.Raw), Body: true, JSON: []byte(v.Raw)})
		return true
	})
	return out, err
}

func parseForm(src string) (out []domain.Param, err error) {
	for pair := range strings.SplitSeq(strings.TrimRight(src, "\r\n"), "&") {
		if pair == "" {
			continue
		}
		if len(out) == form.MaxParams {
			return nil, form.TooMany()
		}
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, domain.E("e.api.request", domain.Text{ZH: "表单格式不对", EN: "the form is malformed"})
		}
		out = append(out, domain.Param{Name: name, Value: value, Body: true})
	}
	return out, nil
}
