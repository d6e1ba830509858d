package shell

import (
	"bytes"
	"io"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// The trees of these tests are built by hand, so that they try the engine alone.

func lit(s string) syntax.Piece { return &syntax.Lit{Text: s, Pos: syntax.Pos{Line: 1, Col: 1}} }

func ph(key string) syntax.Piece {
	return &syntax.Placeholder{Source: key, Keys: []syntax.Key{{Name: key, Steps: []syntax.Step{{Name: key, Index: -1}}}}}
}

func cmd(words ...[]syntax.Piece) *syntax.Command {
	c := &syntax.Command{Pos: syntax.Pos{Line: 1, Col: 1}}
	for i, w := range words {
		c.Words = append(c.Words, &syntax.Word{Pos: syntax.Pos{Line: 1, Col: 1 + i}, Pieces: w})
	}
	return c
}

func w(ps ...syntax.Piece) []syntax.Piece { return ps }

func pipe1(cs ...*syntax.Command) *syntax.Program {
	return &syntax.Program{Pipelines: []*syntax.Pipeline{{Commands: cs}}}
}

func echoCommand() *Command {
	return &Command{
		Name: "echo", Params: []Param{{Name: "WORD", Optional: true, Repeat: true}}, Options: []Option{{Name: "n"}},
		Run: func(c *Call) error {
			for i, a := range c.Args(0) {
				if i > 0 {
					io.WriteString(c.Out, " ")
				}
				if _, err := io.WriteString(c.Out, a.Text()); err != nil {
					return err
				}
			}
			if c.Has("n") {
				return nil
			}
			_, err := io.WriteString(c.Out, "\n")
			return err
		},
	}
}

func catCommand() *Command {
	return &Command{Name: "cat", Reads: true, Run: func(c *Call) error {
		_, err := io.Copy(c.Out, c.In)
		return err
	}}
}

func TestRunsATreeOfTwoStages(t *testing.T) {
	t.Parallel()
	reg := NewRegistry(echoCommand(), catCommand())
	s, err := reg.Compile(pipe1(cmd(w(lit("echo")), w(lit("-n")), w(ph("x")), w(lit("<"), ph("y"), lit(">"))), cmd(w(lit("cat")))), CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := &Env{Vars: MapVars{"x": "-n", "y": "a ${x} | b"}, Out: &out, Who: domain.Owner}
	if err := s.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "-n <a ${x} | b>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
