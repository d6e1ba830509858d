package cmds

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func TestOneScriptRunsManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	s, err := registry().CompileText(
		"vars mine ${v}; echo '[{n:1},{n:2}]' | each 'echo $${n} ${v} | vars in; echo ${mine} $${in} | cat' | vars got; echo ${got}", shell.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Declares(), " "); got != "mine in got" {
		t.Errorf("declares %q", got)
	}
	done := make(chan error)
	for i := range 20 {
		go func() {
			var out bytes.Buffer
			v := fmt.Sprint("v", i)
			err := s.Run(t.Context(), &shell.Env{Vars: shell.MapVars{"v": v}, Out: &out})
			if want := fmt.Sprintf("%[1]s 1 %[1]s\n%[1]s 2 %[1]s\n", v); err == nil && out.String() != want {
				err = fmt.Errorf("got %q, want %q", out.String(), want)
			}
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestVariablesEndWithTheRunUnlessTheCallerKeepsThem(t *testing.T) {
	t.Parallel()
	line := func(env *shell.Env, src string) string {
		var out bytes.Buffer
		env.Out = &out
		s, err := registry().CompileText(src, shell.CompileOptions{})
		if err == nil {
			err = s.Run(t.Context(), env)
		}
		if err != nil {
			t.Error(err)
		}
		return out.String()
	}
	once := &shell.Env{Vars: shell.MapVars{"b": "2"}}
	kept := &shell.Env{Vars: shell.NewVars(shell.MapVars{"b": "2"})}
	for env, want := range map[*shell.Env]string{once: "none 2\n", kept: "1 2\n"} {
		if got := line(env, "vars a 1; try 'vars c 3'; echo ${a} ${c}"); got != "1 3\n" {
			t.Errorf("in the run: %q", got)
		}
		if got := line(env, "echo ${a?none} ${b}"); got != want {
			t.Errorf("after it: got %q, want %q", got, want)
		}
	}
	if got := line(kept, "echo '[1,2]' | each 'vars in $${it}; echo $${in}'; echo ${in?none}"); got != "1\n2\nnone\n" {
		t.Errorf("in a block: %q", got)
	}
}

func TestTryDoesNotCatchTheDeadline(t *testing.T) {
	t.Parallel()
	src := "each try each try echo $${it}"
	s, err := registry().CompileText(src, shell.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	err = s.Run(ctx, &shell.Env{In: io.MultiReader(strings.NewReader("["), &repeated{text: "[1],"}), Out: &out, Limits: shell.Limits{Stages: 1 << 40}})
	if domain.CodeOf(err) != "e.timeout" {
		t.Errorf("got %v", err)
	}
}

func TestTryDoesNotCatchALimit(t *testing.T) {
	t.Parallel()
	s, err := registry().CompileText("try each echo $${it} else e.* echo caught", shell.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	in := strings.NewReader("[" + strings.Repeat("1,", 99) + "1]")
	err = s.Run(t.Context(), &shell.Env{In: in, Out: &out, Limits: shell.Limits{Stages: 50}})
	if domain.CodeOf(err) != "e.cmd.limit.stages" {
		t.Errorf("got %v, %q", err, out.String())
	}
}

func TestWritesSeesIntoBlocks(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		"echo x":                     false,
		"each 'rm ~/x'":              true,
		"if '{}' echo x else rm ~/x": true,
		"try 'echo x > ~/f'":         true,
		"run echo $(mkdir ~/d)":      true,
		"each 'each \"cat ~/x\"'":    false,
		"tmpl 'rm ~/x'":              false,
	} {
		s, err := registry().CompileText(src, shell.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Writes() != want {
			t.Errorf("%s: writes %v", src, s.Writes())
		}
	}
}

func TestBlockFaultsAreFoundAtLoad(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"each 'nothing'":               "e.cmd.noexists",
		"each 'each \"cat -z\"'":       "e.cmd.option",
		"if '{}' echo x else nothing":  "e.cmd.noexists",
		"try nothing":                  "e.cmd.noexists",
		"try echo else e.x 'a | '":     "e.cmd.syntax",
		"each 'json -u \"{a:\"'":       "e.json",
		"each 'obj -match \"{a:[\"'":   "e.json",
		"if '{a:\"[1,\"}' 'rm'":        "e.cmd.usage",
		"each 'cat ${a}' 'b' | nope x": "e.cmd.noexists",
	} {
		_, err := registry().CompileText(src, shell.CompileOptions{File: "f"})
		if faults := shell.Faults(err); domain.CodeOf(err) != want || len(faults) == 0 || faults[0].Pos.Line != 1 {
			t.Errorf("%s: %v", src, err)
		}
	}
}
