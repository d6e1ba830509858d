package shell

import (
	"errors"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

func TestExplainPointsAtThePlace(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, c := range []struct{ src, want string }{
		{"echo a | ehco b", "e.cmd.noexists : ehco; did you mean echo?\n  at 1:10\n    echo a | ehco b\n             ^\n"},
		{"echo a\n\tspy -x", "e.cmd.option : -x\n  at 2:6 spy\n    \tspy -x\n    \t    ^\n"},
		{"echo 中文 ${a<nosuch:>}", "^"},
		{"json '{a: [1, 2,, 3]}'", "e.json"},
		{"echo 'open", "e.cmd.syntax : the single quote is not closed\n  at 1:6\n    echo 'open\n         ^\n"},
		{"nope\nnix", "e.cmd.noexists : nope\n  at 1:1\n    nope\n    ^\ne.cmd.noexists : nix\n  at 2:1\n    nix\n    ^\n"},
	} {
		_, err := reg.CompileText(c.src, CompileOptions{})
		got := Explain(err, c.src, syntax.Pos{}, domain.EN)
		if got != c.want && !(len(c.want) < 10 && strings.Contains(got, c.want)) {
			t.Errorf("%s:\n%s\nwant\n%s", c.src, got, c.want)
		}
	}
}

func TestExplainPutsTheCaretUnderWideCharacters(t *testing.T) {
	t.Parallel()
	_, err := testRegistry().CompileText("echo 中文 | nope", CompileOptions{File: "f"})
	want := "e.cmd.noexists : nope\n  at f:1:11\n    echo 中文 | nope\n                ^\n"
	if got := Explain(err, "echo 中文 | nope", syntax.Pos{}, domain.EN); got != want {
		t.Errorf("%s", got)
	}
}

func TestExplainOtherErrors(t *testing.T) {
	t.Parallel()
	_, syn := syntax.Parse("echo 'a", syntax.Pos{Line: 1, Col: 1})
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("secret"), "e.internal : internal error\n"},
		{domain.E("e.json", "x"), "e.json : x\n"},
		{syn, "e.cmd.syntax : the single quote is not closed\n  at 1:6\n    echo 'a\n         ^\n"},
		{&Error{File: "f", Pos: syntax.Pos{Line: 9, Col: 9, Offset: 999}, Err: domain.E("e.json", "x")}, "e.json : x\n  at f:9:9\n"},
	} {
		if got := Explain(c.err, "echo 'a", syntax.Pos{}, domain.EN); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestPlacesInsideWordsCountTheSource(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	at := syntax.Pos{Line: 10, Col: 3, Offset: 100}
	for src, want := range map[string]string{
		`json '{a:}'`:           "10:12",
		`json "{\"a\":}"`:       "10:16",
		`json {a\:'"x"'\ ,b:}`:  "10:22",
		`json '{a:"$$$$",b:}'`:  "10:21",
		"json '{a:\"用户\",b:}'":  "10:19",
		"json '{\na:1,\nb:}'":   "12:3",
		"json \"{a:1,\\\nb:}\"": "11:3",
		"json '{a:'\"1,\"'b:}'": "10:20",
		"json '{a:${x},b:}'":    "10:19",
	} {
		_, err := reg.CompileText(src, CompileOptions{At: at})
		fs := Faults(err)
		if len(fs) != 1 || fs[0].Place() != want {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}
