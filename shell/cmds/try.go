package cmds

import (
	"bytes"
	"path"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

func try() *shell.Command {
	return &shell.Command{
		Name:   "try",
		Manual: manual("try"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "COMMAND", Repeat: true,
			Help: both("what to run; `else [CODE…] COMMAND` may follow, also more than once", "要执行的命令，后面可以跟 else [错误码…] 命令，可以多次"),
		}},
		Prepare: prepareTry,
	}
}

// rescue is an else branch: the error codes that it is for (none: any), and what
// it does (nil: nothing).
type rescue struct {
	codes  []string // with "*"
	script *shell.Script
}

func prepareTry(p *shell.Prep) (func(*shell.Call) error, error) {
	first, rest, has := untilElse(p.Words)
	body, err := compileBranch(p, first)
	if err != nil {
		return nil, err
	}
	rescues := []rescue{{}}
	if has {
		rescues = nil
	}
	for has {
		var words []*syntax.Word
		words, rest, has = untilElse(rest)
		r, err := compileRescue(p, words)
		if err != nil {
			return nil, err
		}
		rescues = append(rescues, r)
	}
	return func(c *shell.Call) error { return runTry(c, body, rescues) }, nil
}

// compileRescue takes leading words e.… as codes.
func compileRescue(p *shell.Prep, words []*syntax.Word) (r rescue, err error) {
	for len(words) > 0 {
		text, literal := words[0].Literal()
		if !literal || !strings.HasPrefix(text, "e.") {
			break
		}
		if _, err := path.Match(text, ""); err != nil {
			return r, domain.E("e.cmd.usage", domain.Textf("不是错误码：%v", "not an error code: %v", text))
		}
		r.codes, words = append(r.codes, text), words[1:]
	}
	if len(words) == 0 && r.codes != nil {
		return r, nil
	}
	r.script, err = compileBranch(p, words)
	return r, err
}

func runTry(c *shell.Call, body *shell.Script, rescues []rescue) error {
	in, err := c.ReadInput(0)
	if err != nil {
		return err
	}
	out := &bounded{c: c}
	err = c.RunScript(body, bytes.NewReader(in), out, nil)
	if err == nil {
		_, err = c.Out.Write(out.Bytes())
		return err
	}
	if c.Context().Err() != nil {
		return err
	}
	e := domain.AsError(err)
	for _, r := range rescues {
		if !r.takes(e) {
			continue
		}
		if r.script == nil {
			return nil
		}
		return c.RunScript(r.script, bytes.NewReader(in), c.Out, errorVars(c, e))
	}
	return err
}

// takes reports whether the branch is for an error. One without codes is not for
// what went wrong with the server.
func (r rescue) takes(e *domain.Error) bool {
	if r.codes == nil {
		return e.Kind != domain.Internal && e.Kind != domain.Busy && e.Kind != domain.Timeout
	}
	for _, pattern := range r.codes {
		if ok, _ := path.Match(pattern, e.Code); ok {
			return true
		}
	}
	return false
}

// errorVars are the placeholders of an else branch.
func errorVars(c *shell.Call, e *domain.Error) shell.Vars {
	o := objectOf(string(shell.AppendEnvelope(nil, e, c.Lang)))
	code, _ := o.get("errCode")
	o.put("code", code)
	if e.Kind != domain.Internal {
		o.put("detail", quoted(e.Detail))
	}
	return shell.JSONVars(o.appendJSON(nil))
}

// bounded is a buffer for a command's whole output.
type bounded struct {
	bytes.Buffer
	c *shell.Call
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > shell.MaxInput {
		return 0, domain.E("e.io.toolarge", domain.Textf("输出超过 %v 字节", "the output is more than %v bytes", shell.MaxInput))
	}
	if err := b.c.Hold(len(p)); err != nil {
		return 0, err
	}
	return b.Buffer.Write(p)
}
