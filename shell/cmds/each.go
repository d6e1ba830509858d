package cmds

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func each() *shell.Command {
	return &shell.Command{
		Name:   "each",
		Manual: manual("each"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "COMMAND", Repeat: true,
			Help: both("what to run for each item", "对每一项执行的命令"),
		}},
		Options: []shell.Option{
			flag("lines", "an item is a line of text", "每一项是一行文字"),
			flag("json", "gather the outputs, which are JSON, in a list", "各次输出都是 JSON，收集成列表"),
		},
		Prepare: prepareEach,
	}
}

func prepareEach(p *shell.Prep) (func(*shell.Call) error, error) {
	set, words, err := takeFlags(p.Words, "lines", "json")
	if err != nil {
		return nil, err
	}
	body, err := compileBranch(p, words)
	if err != nil {
		return nil, err
	}
	return func(c *shell.Call) error {
		l := &loop{c: c, body: body, gather: set["json"]}
		walk := eachItem
		if set["lines"] {
			walk = eachTextLine
		}
		if err := walk(c, l.item); err != nil {
			return err
		}
		return l.end()
	}, nil
}

// loop runs a script for each item.
type loop struct {
	c      *shell.Call
	body   *shell.Script
	gather bool
	n      int
	list   bytes.Buffer
}

func (l *loop) item(v shell.Value) error {
	if err := l.c.Context().Err(); err != nil {
		return err
	}
	vars := &itemVars{v: v, index: l.n}
	l.n++
	in := strings.NewReader(v.Text)
	if !l.gather {
		return l.c.RunScript(l.body, in, l.c.Out, vars)
	}
	var out bytes.Buffer
	if err := l.c.RunScript(l.body, in, &out, vars); err != nil {
		return err
	}
	raw, err := toJSON(out.String())
	if err != nil {
		return err
	}
	if l.list.Len()+len(raw) > shell.MaxInput {
		return domain.E("e.io.toolarge", domain.Textf("列表超过 %v 字节", "the list holds more than %v bytes", shell.MaxInput))
	}
	if err := l.c.Hold(len(raw)); err != nil {
		return err
	}
	if l.list.Len() > 0 {
		l.list.WriteByte(',')
	}
	l.list.WriteString(raw)
	return nil
}

func (l *loop) end() error {
	if !l.gather {
		return nil
	}
	_, err := l.c.Out.Write([]byte("[" + l.list.String() + "]\n"))
	return err
}

// itemVars are the placeholders of one item: the members of an object, and
// always it, the item, and index, its number from 0.
type itemVars struct {
	v       shell.Value
	index   int
	members shell.Vars // nil: nobody has asked
}

// Lookup implements shell.Vars.
func (i *itemVars) Lookup(name string) (shell.Value, bool) {
	switch name {
	case "it":
		return i.v, true
	case "index":
		return shell.Value{Text: strconv.Itoa(i.index), JSON: true}, true
	}
	if !i.v.JSON {
		return shell.Value{}, false
	}
	if i.members == nil {
		i.members = shell.DataVars([]byte(i.v.Text))
	}
	return i.members.Lookup(name)
}
