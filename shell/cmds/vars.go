package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

func vars() *shell.Command {
	return &shell.Command{
		Name:   "vars",
		Manual: manual("vars"),
		Reads:  true,
		Params: []shell.Param{
			{Name: "NAME", Type: shell.Literal, Help: both("the variable", "变量名")},
			{Name: "VALUE", Optional: true, Help: both("its value; without it, the pipe", "值，不给则读管道")},
		},
		Options: []shell.Option{
			flag("json", "the value is relaxed JSON of any kind", "值是任意的宽松 JSON"),
			flag("text", "the value is text, also when it looks like JSON", "值是文字，即使看起来像 JSON"),
		},
		Prepare: prepareVars,
	}
}

func prepareVars(p *shell.Prep) (func(*shell.Call) error, error) {
	set, words, err := takeFlags(p.Words, "json", "text")
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || len(words) > 2 {
		return nil, domain.E("e.cmd.usage", domain.Text{ZH: "用法：vars [-json | -text] NAME [VALUE]", EN: "vars [-json | -text] NAME [VALUE]"})
	}
	name, err := varName(words[0])
	if err != nil {
		return nil, err
	}
	p.Declare(name)
	value := -1
	if len(words) == 2 {
		value = p.Arg(words[1], shell.Text)
	}
	return func(c *shell.Call) error {
		v, err := newValue(c, value, set)
		if err != nil {
			return err
		}
		return c.SetVar(name, v)
	}, nil
}

// varName refuses the names of what a request brings, which guards rely on.
func varName(w *syntax.Word) (string, error) {
	name, literal := w.Literal()
	switch {
	case !literal:
		return "", domain.E("e.cmd.usage", domain.Text{ZH: "变量名必须直接写出", EN: "a variable's name must be literal text"})
	case name == "" || strings.ContainsAny(name, "|?<>{}[]'. \t\r\n$"):
		return "", domain.E("e.cmd.usage", domain.Textf("不是变量名：%v", "not a variable's name: %v", quoted(name)))
	case strings.HasPrefix(name, "http-"), name == "id", name == "args", name == "params":
		return "", domain.E("e.cmd.usage", domain.Textf("%v 属于请求，不能设置", "%v belongs to the request and cannot be set", name))
	}
	return name, nil
}

func newValue(c *shell.Call, at int, set map[string]bool) (shell.Value, error) {
	text := ""
	if at >= 0 {
		text = c.Arg(at).Text()
	} else {
		data, err := c.ReadInput(0)
		if err != nil {
			return shell.Value{}, err
		}
		text = strings.TrimRight(string(data), "\n")
	}
	trimmed := strings.TrimSpace(text)
	switch {
	case set["json"]:
		raw, err := toJSON(text)
		return shell.Value{Text: raw, JSON: true}, err
	case set["text"] || !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "["):
		return shell.Value{Text: text}, nil
	}
	raw, err := toJSON(trimmed)
	if err != nil { // it only looked like JSON
		return shell.Value{Text: text}, nil
	}
	return shell.Value{Text: raw, JSON: true}, nil
}
