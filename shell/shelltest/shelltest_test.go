package shelltest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const page = `say: says a word
说一个词

It says it.

    $ say a
    a

    $ say b
    > c
    b
    c

Code that is no example:

    not a prompt

    $ say x

More:

    $ say y
    y

The end.
`

const text = `## first
comments here
$ say a
a

$ say id
{{id:it}} {{ms}}

$ say {{id:it}}
{{id:it}}

## second
$ say

$ say b
b
`

// say repeats what was typed; "say id" prints an id and a time.
func say(line string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(line, "say"), " ")
	switch rest {
	case "":
		return ""
	case "id":
		return "d1abcdefghijklmnopqr 1732000000000\n"
	}
	return rest + "\n"
}

func TestRunPassesTranscripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "say.md"), filepath.Join(dir, "say.txt")}
	for i, src := range []string{page, text} {
		if err := os.WriteFile(files[i], []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sessions := 0
	t.Run("files", func(t *testing.T) {
		Run(t, func(*testing.T) Session { sessions++; return say }, files[0])
	})
	t.Run("texts", func(t *testing.T) { Run(t, func(*testing.T) Session { return say }, files[1]) })
	if sessions != 2 {
		t.Errorf("%d sessions for the page's 2 examples", sessions)
	}
}

func TestParsedTranscriptsPrintAsTheyWere(t *testing.T) {
	t.Parallel()
	m, err := parseManual(page)
	if err != nil || m.String() != page {
		t.Errorf("page: %v\n%s", err, m)
	}
	x, err := parseText(text)
	if err != nil || x.String() != text {
		t.Errorf("text: %v\n%s", err, x)
	}
	if _, err := parseText("no prompt here\n"); err == nil {
		t.Error("a file without prompts is not refused")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"{{id}}", "d1abcdefghijklmnopqr", true},
		{"{{id}}", "d1abcdefghijklmnopqz", false},
		{"{{id}}", "d1abcdefghijklmnopq", false},
		{`{"ct":{{ms}}}`, `{"ct":1732000000000}`, true},
		{`{"ct":{{ms}}}`, `{"ct":17320}`, false},
		{"a{{*}}z", "abcz", true},
		{"a{{*}}z", "abcy", false},
		{"{{id:a}} {{id:a}}", "d1abcdefghijklmnopqr d1abcdefghijklmnopqr", true},
		{"{{nonsense}}", "x", false},
		{"a.c", "abc", false},
	} {
		if got := (names{}).match(c.want, c.got); got != c.ok {
			t.Errorf("match(%q, %q) = %v", c.want, c.got, got)
		}
	}
	n := names{"a": "d1abcdefghijklmnopqr"}
	if n.match("{{id:a}}", "d1abcdefghijklmnopq0") {
		t.Error("a name stands for another text than before")
	}
}

func TestShownMarksWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for out, want := range map[string][]string{
		"":       nil,
		"a\n":    {"a"},
		"a":      {"a{{nonl}}"},
		"\n":     {"{{blank}}"},
		"a\n\n":  {"a", "{{blank}}"},
		"\n\na":  {"", "", "a{{nonl}}"},
		"a\n\nb": {"a", "", "b{{nonl}}"},
	} {
		if got := shown(out); !slices.Equal(got, want) {
			t.Errorf("shown(%q) = %q, want %q", out, got, want)
		}
	}
}

func TestKeepLeavesMatchingWildcards(t *testing.T) {
	t.Parallel()
	got := names{}.keep([]string{"{{id}}", "old"}, []string{"d1abcdefghijklmnopqr", "new", "more"})
	if want := []string{"{{id}}", "new", "more"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
