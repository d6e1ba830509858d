package shell

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// The commands of these tests show what a command sees of its words.

// spy prints its words and options, one on a line, each value quoted by Go.
func spy() *Command {
	return &Command{
		Name:   "spy",
		Params: []Param{{Name: "WORD", Optional: true, Repeat: true}},
		Options: append(JSONOptions(), AjaxOption(),
			Option{Name: "u", Arity: Optional, Arg: "JSON"},
			Option{Name: "p", Arity: Required, Arg: "PASS"},
			Option{Name: "list"}),
		Run: func(c *Call) error { return printSeen(c) },
	}
}

func printSeen(c *Call) error {
	var b strings.Builder
	for _, a := range c.Args(0) {
		fmt.Fprintf(&b, "arg %q data=%v\n", a.Text(), a.IsData())
	}
	for _, o := range c.stage.cmd.Options {
		if c.Has(o.Name) {
			fmt.Fprintf(&b, "-%s", o.Name)
			if v := c.Opt(o.Name); v.Given() {
				fmt.Fprintf(&b, " %q", v.Text())
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(c.Out, b.String())
	return err
}

// typed is a command with one word of a type, which prints it.
func typedCommand(name string, t Type, print func(Arg) (any, error)) *Command {
	return &Command{Name: name, Params: []Param{{Name: "VALUE", Type: t}}, Options: append(JSONOptions(), AjaxOption()),
		Run: func(c *Call) error {
			v, err := print(c.Arg(0))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.Out, "%v", v)
			return err
		}}
}

// grown is a family: grown SET get ID, and verbs at the first place.
func families() []*Command {
	run := func(c *Call) error { return printSeen(c) }
	return []*Command{
		{Name: "thing", VerbAt: 1, Verbs: []*Command{
			{Name: "get", Params: []Param{{Name: "SET", Type: Ref}, {Name: "ID"}}, Run: run},
			{Name: "query", Params: []Param{{Name: "SET", Type: Ref}, {Name: "MATCH", Type: Match, Optional: true}},
				Options: []Option{{Name: "limit", Arity: Required, Type: Int}}, Run: run},
		}},
		{Name: "www", Verbs: []*Command{
			{Name: "checkme", Params: []Param{{Name: "SITE", Type: Ref}, {Name: "TICKET"}},
				Options: append(JSONOptions(), AjaxOption(), Option{Name: "u", Arity: Optional, Type: JSON, Arg: "JSON"}), Run: run},
		}},
	}
}

// runCommand fills its template from the pipe, one JSON object.
func runCommand() *Command {
	return &Command{Name: "run", Params: []Param{{Name: "WORD", Repeat: true}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		s, err := p.CompileTemplate(p.Words)
		if err != nil {
			return nil, err
		}
		return func(c *Call) error {
			in, err := c.ReadInput(0)
			if err != nil {
				return err
			}
			return c.RunScript(s, nil, c.Out, JSONVars(in))
		}, nil
	}}
}

// tryCommand runs its words as a command with the run's own variables, and prints an
// error in place of failing. One word is a block.
func tryCommand() *Command {
	return &Command{Name: "try", Params: []Param{{Name: "WORD", Repeat: true}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		compile := p.CompileTemplate
		if len(p.Words) == 1 {
			compile = func(ws []*syntax.Word) (*Script, error) { return p.CompileBlock(ws[0]) }
		}
		s, err := compile(p.Words)
		if err != nil {
			return nil, err
		}
		return func(c *Call) error {
			if err := c.RunScript(s, c.In, c.Out, nil); err != nil {
				fmt.Fprintf(c.Out, "caught %s\n", domain.CodeOf(err))
			}
			return nil
		}, nil
	}}
}

func failCommand() *Command {
	return &Command{Name: "fail", Params: []Param{{Name: "CODE"}, {Name: "DETAIL", Optional: true}}, Options: append(JSONOptions(), AjaxOption()),
		Run: func(c *Call) error {
			if c.NArg() > 1 {
				return domain.E(c.Arg(0).Text(), c.Arg(1).Text())
			}
			return domain.E(c.Arg(0).Text())
		}}
}

func replyCommand() *Command {
	return &Command{Name: "reply", Params: []Param{{Name: "DOC", Type: JSON}}, Options: append(JSONOptions(), AjaxOption()),
		Run: func(c *Call) error {
			raw, err := c.Arg(0).JSON()
			if err != nil {
				return err
			}
			return c.Reply(raw)
		}}
}

func testRegistry(more ...*Command) *Registry {
	cmds := append(families(), spy(), echoCommand(), catCommand(), runCommand(), tryCommand(), failCommand(), replyCommand(),
		typedCommand("ref", Ref, func(a Arg) (any, error) { return a.Ref() }),
		typedCommand("json", JSON, func(a Arg) (any, error) { b, err := a.JSON(); return string(b), err }),
		typedCommand("match", Match, func(a Arg) (any, error) {
			n, err := a.Node()
			if n == nil {
				return "text " + a.Text(), err
			}
			return string(n.AppendJSON(nil)), err
		}),
		typedCommand("re", Regexp, func(a Arg) (any, error) { return a.Regexp() }),
		typedCommand("int", Int, func(a Arg) (any, error) { return a.Int() }),
		typedCommand("dur", Duration, func(a Arg) (any, error) { return a.Duration() }),
		typedCommand("head", Header, func(a Arg) (any, error) { return a.Header() }),
		typedCommand("lit", Literal, func(a Arg) (any, error) { return a.Text(), nil }),
	)
	return NewRegistry(append(cmds, more...)...)
}

// mustCompile compiles a line that has no fault.
func mustCompile(t testing.TB, reg *Registry, src string) *Script {
	t.Helper()
	s, err := reg.CompileText(src, CompileOptions{File: "test"})
	if err != nil {
		t.Fatalf("compile %s: %v", src, err)
	}
	return s
}

// output runs a line and gives what it prints.
func runLine(t testing.TB, reg *Registry, src string, vars Vars) (string, error) {
	t.Helper()
	return runScript(t, mustCompile(t, reg, src), vars, "")
}

func runScript(t testing.TB, s *Script, vars Vars, in string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := s.Run(t.Context(), &Env{Who: domain.Owner, Lang: domain.EN, Vars: vars, In: strings.NewReader(in), Out: &out})
	return out.String(), err
}

// expect runs a line and compares what it prints; "!" and a code stand for an error.
func expect(t *testing.T, reg *Registry, src string, vars Vars, want string) {
	t.Helper()
	got, err := runLine(t, reg, src, vars)
	if err != nil {
		got = "!" + domain.CodeOf(err)
	}
	if got != want {
		t.Errorf("%s\n got %q\nwant %q (error %v)", src, got, want, err)
	}
}

// expectFault compiles a line that has a fault, and compares code and place.
func expectFault(t *testing.T, reg *Registry, src, code, place string) {
	t.Helper()
	_, err := reg.CompileText(src, CompileOptions{File: "f"})
	fs := Faults(err)
	if len(fs) == 0 {
		t.Errorf("%s: no fault, want %s at %s (%v)", src, code, place, err)
		return
	}
	if got := domain.CodeOf(fs[0]); got != code || fs[0].Place() != "f:"+place {
		t.Errorf("%s: fault %v, want %s at %s", src, fs[0], code, place)
	}
}

func quoted2(s string) string { return fmt.Sprintf("%q", s) }

// jsonText is the text as a string of strict JSON.
func jsonText(s string) string { return string(relaxed.AppendString(nil, s)) }
