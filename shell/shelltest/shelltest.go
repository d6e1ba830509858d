// Package shelltest runs transcripts: what a person types at a prompt, and then
// the exact output. The examples of a manual (name.md) are transcripts, and so is
// a file of its own (name.txt):
//
//	## a section, which begins with a fresh session
//	$ echo hello
//	hello
//	$ cat ~/nowhere
//	e.io.obj.noexists : ~/nowhere
//
// A line that begins with "> " after a prompt goes on with what is typed. In
// expected output {{id}}, {{ms}}, {{n}}, {{hex}} and {{*}} stand for an id, a time
// in ms, digits, hexadecimal digits and anything; {{id:NAME}} keeps what it met under a
// name, for later prompts and output. {{nonl}} ends an output without a newline at
// its end, {{blank}} is a blank line at the end.
//
// go test -update rewrites the files with what was printed; lines whose wildcards
// still match stay.
package shelltest

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

var update = flag.Bool("update", false, "rewrite transcripts with what was printed")

// Session runs what was typed and gives all that a person would see: standard
// output, and an error as its line.
type Session func(line string) string

// Lines is the session of a registry: each line is compiled and run in env, whose
// Out and Err are replaced. An error prints as shell.ErrorLine.
func Lines(ctx context.Context, reg *shell.Registry, env shell.Env) Session {
	return func(line string) string {
		var out bytes.Buffer
		env.Out, env.Err = &out, &out
		s, err := reg.CompileText(line, shell.CompileOptions{})
		if err == nil {
			err = s.Run(ctx, &env)
		}
		for _, f := range faults(err) {
			endLine(&out)
			out.WriteString(shell.ErrorLine(f, domain.EN) + "\n")
		}
		return out.String()
	}
}

// faults are the errors to print: each fault of a line, or the one error.
func faults(err error) (out []error) {
	for _, f := range shell.Faults(err) {
		out = append(out, f)
	}
	if err != nil && out == nil {
		out = []error{err}
	}
	return out
}

// endLine begins a new line unless the output is at the start of one.
func endLine(out *bytes.Buffer) {
	if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		out.WriteByte('\n')
	}
}

// Run runs the transcripts in files (.md or .txt), each section in a session
// from open and as a subtest of its own.
func Run(t *testing.T, open func(t *testing.T) Session, files ...string) {
	t.Helper()
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			runFile(t, open, f)
		})
	}
}

func runFile(t *testing.T, open func(t *testing.T) Session, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parse := parseText
	if strings.HasSuffix(file, ".md") {
		parse = parseManual
	}
	tr, err := parse(string(src))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, s := range tr.sections {
		if len(s.exchanges) > 0 {
			t.Run(s.title, func(t *testing.T) { s.run(t, file, open(t)) })
		}
	}
	if now := tr.String(); *update && now != string(src) {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run types the lines of a section and compares, or notes what was printed.
func (s *section) run(t *testing.T, file string, session Session) {
	known := names{}
	for _, e := range s.exchanges {
		got := shown(session(known.fill(e.typed())))
		before := e.want
		switch {
		case known.matchAll(before, got):
		case *update:
			e.want = known.keep(before, got)
		default:
			t.Errorf("%s:%d: $ %s\n--- want\n%s\n--- got\n%s", file, e.line, e.typed(),
				strings.Join(before, "\n"), strings.Join(got, "\n"))
		}
	}
}

// keep is the new output with the old lines where they still match.
func (n names) keep(old, got []string) []string {
	out := append([]string(nil), got...)
	for i := range out {
		if i < len(old) && n.match(old[i], got[i]) {
			out[i] = old[i]
		}
	}
	return out
}
