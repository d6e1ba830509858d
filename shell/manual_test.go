package shell

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

const samplePage = `sample: takes a sample
取一个样本

It takes one.
On two lines.

    $ sample a
    a

    $ sample b
    b

用中文说一遍。

    {"code": "no example"}
`

func sample() *Command {
	return &Command{
		Name: "sample", Manual: samplePage,
		Params:  []Param{{Name: "WHAT", Help: domain.Text{ZH: "什么", EN: "what | which"}}, {Name: "MORE", Optional: true, Repeat: true}},
		Options: append(JSONOptions(), AjaxOption(), Option{Name: "u", Arity: Optional, Arg: "JSON", Help: domain.Text{ZH: "改", EN: "update"}}, Option{Name: "limit", Arity: Required}),
		Run:     func(*Call) error { return nil },
	}
}

func TestParseManual(t *testing.T) {
	t.Parallel()
	m, err := ParseManual(samplePage)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "sample" || m.Summary != (domain.Text{EN: "takes a sample", ZH: "取一个样本"}) {
		t.Errorf("%+v", m)
	}
	want := []Block{
		{Line: 4, Text: "It takes one.\nOn two lines."},
		{Line: 7, Text: "$ sample a\na\n\n$ sample b\nb", Code: true, Example: true},
		{Line: 13, Text: "用中文说一遍。"},
		{Line: 15, Text: `{"code": "no example"}`, Code: true},
	}
	if len(m.Blocks) != len(want) {
		t.Fatalf("%+v", m.Blocks)
	}
	for i, b := range m.Blocks {
		if b != want[i] {
			t.Errorf("block %d: %+v, want %+v", i, b, want[i])
		}
	}
	for _, bad := range []string{"", "x", "name without summary\n二\n", "name: one line", "name: one\n\ntext"} {
		if _, err := ParseManual(bad); err == nil {
			t.Errorf("%q is taken for a manual", bad)
		}
	}
}

func TestManInBothLanguages(t *testing.T) {
	t.Parallel()
	reg := testRegistry(sample())
	en := `sample - takes a sample

USAGE
  sample WHAT [MORE…] [-ajax] [-u [JSON]] [-limit VALUE] [-cnq]

WORDS
  WHAT  what | which

OPTIONS
  -c            compact, one line
  -n            keep nulls
  -q            quoted keys (always so)
  -ajax         answer in the envelope
  -u [JSON]     update
  -limit VALUE

It takes one.
On two lines.

  $ sample a
  a

  $ sample b
  b

  {"code": "no example"}
`
	if got := reg.Man("sample", domain.EN); got != en {
		t.Errorf("got\n%s", got)
	}
	zh := reg.Man("sample", domain.ZH)
	for _, s := range []string{"sample - 取一个样本", "用法", "选项", "用中文说一遍。", "$ sample a"} {
		if !strings.Contains(zh, s) {
			t.Errorf("%q is missing in\n%s", s, zh)
		}
	}
	if strings.Contains(zh, "It takes one.") {
		t.Error("the English paragraph stands beside its Chinese one")
	}
	if reg.Man("nope", domain.EN) != "" || reg.Man("www nope", domain.EN) != "" {
		t.Error("a page of nothing")
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	reg := testRegistry(sample())
	for name, want := range map[string]string{
		"thing":       "thing SET get ID\nthing SET query [MATCH] [-limit VALUE]",
		"thing query": "thing SET query [MATCH] [-limit VALUE]",
		"www checkme": "www checkme SITE TICKET [-ajax] [-u [JSON]] [-cnq]",
		"cat":         "cat",
		"echo":        "echo [WORD…] [-n]",
		"nope":        "",
	} {
		if got := reg.Usage(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if page := reg.Man("thing", domain.EN); !strings.Contains(page, "VERBS\n  get\n  query\n") {
		t.Errorf("the family's page:\n%s", page)
	}
	if page := reg.Man("thing get", domain.EN); !strings.Contains(page, "  thing SET get ID\n") {
		t.Errorf("the verb's page:\n%s", page)
	}
}

func TestReferenceHoldsEveryCommand(t *testing.T) {
	t.Parallel()
	hidden := do("secretly", func(*Call) error { return nil })
	hidden.Hidden = true
	page := Reference(testRegistry(sample(), hidden))
	for _, want := range []string{
		"\n## sample\n\ntakes a sample\n取一个样本\n\n```\nsample WHAT [MORE…] [-ajax]",
		"| `WHAT` | what \\| which | 什么 |", "| `-u [JSON]` | update | 改 |", "\n```\n$ sample a\na\n\n$ sample b\nb\n```\n", "\n### www checkme\n", "\n## thing\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if strings.Contains(page, "secretly") {
		t.Error("a hidden command is shown")
	}
}

func TestRegistryRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	run := func(*Call) error { return nil }
	for what, cmds := range map[string][]*Command{
		"twice":            {{Name: "a", Run: run}, {Name: "a", Run: run}},
		"no run":           {{Name: "a"}},
		"run and verbs":    {{Name: "a", Run: run, Verbs: []*Command{{Name: "v", Run: run}}}},
		"dash":             {{Name: "-a", Run: run}},
		"blank":            {{Name: "a b", Run: run}},
		"no name":          {{Run: run}},
		"option twice":     {{Name: "a", Run: run, Options: []Option{{Name: "x"}, {Name: "x"}}}},
		"option with dash": {{Name: "a", Run: run, Options: []Option{{Name: "-x"}}}},
		"repeat first":     {{Name: "a", Run: run, Params: []Param{{Name: "A", Repeat: true}, {Name: "B"}}}},
		"optional first":   {{Name: "a", Run: run, Params: []Param{{Name: "A", Optional: true}, {Name: "B"}}}},
		"verb twice":       {{Name: "a", Verbs: []*Command{{Name: "v", Run: run}, {Name: "v", Run: run}}}},
		"verb's words":     {{Name: "a", VerbAt: 1, Verbs: []*Command{{Name: "v", Run: run}}}},
		"verbs of verbs":   {{Name: "a", Verbs: []*Command{{Name: "v", Verbs: []*Command{{Name: "w", Run: run}}}}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			NewRegistry(cmds...)
		}()
	}
	reg := testRegistry()
	list := reg.Commands()
	for i := 1; i < len(list); i++ {
		if list[i-1].Name >= list[i].Name {
			t.Errorf("%s before %s", list[i-1].Name, list[i].Name)
		}
	}
	if reg.Find("www checkme") == nil || reg.Find("www nope") != nil || reg.Find("nope") != nil || reg.Find("cat x") != nil {
		t.Error("Find")
	}
}
