package cmds

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func run() *shell.Command {
	return &shell.Command{
		Name:   "run",
		Manual: manual("run"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "COMMAND", Optional: true, Repeat: true,
			Help: both("a command as template: $${key} is a member of the pipe's object", "作为模板的命令：$${key} 取自管道里的对象"),
		}},
		Prepare: prepareRun,
	}
}

func prepareRun(p *shell.Prep) (func(*shell.Call) error, error) {
	if len(p.Words) == 0 {
		if p.Endpoint {
			return nil, domain.E("e.cmd.forbidden", domain.Text{ZH: "不带命令的 run 会执行它的输入", EN: "run without a command would execute its input"})
		}
		return runInput, nil
	}
	script, err := p.CompileTemplate(p.Words)
	if err != nil {
		return nil, err
	}
	return func(c *shell.Call) error {
		raw, err := readObject(c)
		if err != nil {
			return err
		}
		return c.RunScript(script, nil, c.Out, shell.DataVars([]byte(raw)))
	}, nil
}

// readObject reads the pipe as one relaxed JSON object; nothing is {}.
func readObject(c *shell.Call) (string, error) {
	raw, err := readJSON(c, "{}")
	if err == nil && !strings.HasPrefix(raw, "{") {
		err = domain.E("e.json", domain.Text{ZH: "管道里必须是一个对象", EN: "the pipe must hold one object"})
	}
	return raw, err
}

// runInput runs the pipe's text as a script.
func runInput(c *shell.Call) error {
	if c.Request != nil || c.Who != domain.Owner {
		return domain.E("e.cmd.forbidden", domain.Text{ZH: "不带命令的 run 会执行它的输入", EN: "run without a command would execute its input"})
	}
	data, err := c.ReadInput(1 << 20)
	if err != nil {
		return err
	}
	script, err := c.Registry().CompileText(string(data), shell.CompileOptions{})
	if err != nil {
		return err
	}
	return c.RunScript(script, nil, c.Out, nil)
}
