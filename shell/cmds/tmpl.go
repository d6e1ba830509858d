package cmds

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

func tmpl() *shell.Command {
	return &shell.Command{
		Name:   "tmpl",
		Manual: manual("tmpl"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "TEXT", Optional: true, Repeat: true,
			Help: both("the template: $${key}; with -file the path of one", "模板：$${键}；带 -file 时是模板文件的路径"),
		}},
		Options: []shell.Option{
			flag("file", "TEXT is the path of a template file", "TEXT 是模板文件的路径"),
			flag("html", "every value becomes text of HTML or XML: no markup", "每个值都转义为 HTML、XML 的文本，不会成为标记"),
			flag("n", "no newline at the end", "末尾不换行"),
		},
		Prepare: prepareTmpl,
	}
}

func prepareTmpl(p *shell.Prep) (func(*shell.Call) error, error) {
	set, words, err := takeFlags(p.Words, "file", "html", "n")
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || set["file"] && len(words) > 1 {
		return nil, domain.E("e.cmd.usage", domain.Text{ZH: "用法：tmpl [-html] [-n] TEXT… | tmpl [-html] [-n] -file PATH", EN: "tmpl [-html] [-n] TEXT… | tmpl [-html] [-n] -file PATH"})
	}
	var escape func(string) string
	if set["html"] {
		escape = shell.EscapeHTML
	}
	if set["file"] {
		at := p.Arg(words[0], shell.Ref)
		return func(c *shell.Call) error { return fillFile(c, c.Arg(at), !set["n"], escape) }, nil
	}
	print := []*syntax.Word{bareWord(p.Pos, "echo"), bareWord(p.Pos, "--")}
	if set["n"] {
		print = []*syntax.Word{bareWord(p.Pos, "echo"), bareWord(p.Pos, "-n"), bareWord(p.Pos, "--")}
	}
	script, err := p.CompileEscaped(append(print, words...), escape)
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

func bareWord(pos syntax.Pos, text string) *syntax.Word {
	return &syntax.Word{Pos: pos, Pieces: []syntax.Piece{&syntax.Lit{Pos: pos, Text: text}}}
}

// maxTemplate bounds a template file, in bytes.
const maxTemplate = 4 << 20

func fillFile(c *shell.Call, a shell.Arg, newline bool, escape func(string) string) error {
	r, err := open(c, a)
	if err != nil {
		return err
	}
	defer r.Close()
	src, err := c.ReadAll(withContext(c, r), maxTemplate)
	if domain.CodeOf(err) == "e.io.toolarge" {
		return domain.E("e.io.toolarge", domain.Textf("模板超过 %v 字节", "a template of more than %v bytes", maxTemplate))
	}
	if err != nil {
		return err
	}
	t, err := shell.ParseTemplate(string(src))
	if err != nil {
		return templateFault(a.Text(), err)
	}
	raw, err := readObject(c)
	if err != nil {
		return err
	}
	out, err := t.Fill(c, shell.DataVars([]byte(raw)), escape)
	if err != nil {
		return err
	}
	if newline && (len(out) == 0 || out[len(out)-1] != '\n') {
		out = append(out, '\n')
	}
	_, err = c.Out.Write(out)
	return err
}

// templateFault names the template's file as well as the place in it.
func templateFault(file string, err error) error {
	for _, f := range shell.Faults(err) {
		return domain.E("e.cmd.syntax", domain.Textf("%s：%s", "%s: %s", file+":"+f.Pos.String(), domain.AsError(f.Err).Said()))
	}
	return err
}
