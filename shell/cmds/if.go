package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
	"github.com/caryahq/carya/thingset"
)

func ifCommand() *shell.Command {
	return &shell.Command{
		Name:   "if",
		Manual: manual("if"),
		Reads:  true,
		Params: []shell.Param{
			{Name: "MATCH", Type: shell.Match, Help: both("what the pipe's object must match", "管道里的对象要满足的条件")},
			{Name: "COMMAND", Repeat: true, Help: both("what to run; `else` and another command may follow", "要执行的命令，后面可以跟 else 和另一个命令")},
		},
		Prepare: prepareIf,
	}
}

func prepareIf(p *shell.Prep) (func(*shell.Call) error, error) {
	if len(p.Words) < 2 {
		return nil, domain.E("e.cmd.usage", domain.Text{ZH: "用法：if MATCH COMMAND… [else COMMAND…]", EN: "if MATCH COMMAND… [else COMMAND…]"})
	}
	fixed, err := literalMatch(p.Words[0])
	if err != nil {
		return nil, err
	}
	match := p.Arg(p.Words[0], shell.Match)
	then, other, has := untilElse(p.Words[1:])
	yes, err := compileBranch(p, then)
	if err != nil {
		return nil, err
	}
	var no *shell.Script
	if has {
		if no, err = compileBranch(p, other); err != nil {
			return nil, err
		}
	}
	return func(c *shell.Call) error {
		m := fixed
		if m == nil {
			var err error
			if m, err = matcher(c.Arg(match)); err != nil {
				return err
			}
		}
		return runIf(c, m, yes, no)
	}, nil
}

// literalMatch compiles a match without placeholders at load; nil for any other.
func literalMatch(w *syntax.Word) (*thingset.Matcher, error) {
	text, ok := w.Literal()
	if !ok {
		return nil, nil
	}
	n, err := relaxed.Parse(text)
	if err != nil {
		return nil, domain.E("e.thing.match", domain.TextOf(err))
	}
	return thingset.CompileMatch(n)
}

func runIf(c *shell.Call, m *thingset.Matcher, yes, no *shell.Script) error {
	raw, err := readJSON(c, "{}")
	if err != nil {
		return err
	}
	branch := yes
	switch found, err := m.Match(c.Context(), []byte(raw)); {
	case err != nil:
		return err
	case !found:
		branch = no
	}
	if branch == nil {
		return nil
	}
	return c.RunScript(branch, strings.NewReader(raw), c.Out, shell.DataVars([]byte(raw)))
}
