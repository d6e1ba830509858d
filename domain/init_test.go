package domain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func apply(t testing.TB, d *Domain, src string, o InitOptions) InitReport {
	t.Helper()
	s, err := ParseInit([]byte(src), "test.init")
	ok(t, err)
	r, err := s.Apply(d, o)
	ok(t, err)
	return r
}

func read(t testing.TB, d *Domain, p Path) string {
	t.Helper()
	b, err := d.Tree(Owner).ReadFile(p)
	ok(t, err)
	return string(b)
}

// TestSeedRunsUnchanged applies the site-auth document's own blocks.
func TestSeedRunsUnchanged(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	src, err := os.ReadFile("testdata/site-auth.md")
	ok(t, err)
	s, err := ParseInit(src, "site-auth.md")
	ok(t, err)
	r, err := s.Apply(d, InitOptions{})
	ok(t, err)
	want := []Path{".regapi/api/auth/site", ".regapi/api/auth/checkme", ".regapi/api/auth/setme", ".regapi/api/auth/getaccount"}
	if !slices.Equal(r.Made, want) {
		t.Errorf("made %v", r.Made)
	}
	if got := read(t, d, want[2]); got != "cat id:${id} \\\n  | www checkme id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -u -ajax -cqn\n" {
		t.Errorf("setme: %q", got)
	}
	m, err := d.Tree(Owner).Meta(want[0])
	if err != nil || string(m) != `{"http-header-Content-Type":"text/json"}` {
		t.Errorf("%s, %v", m, err)
	}
	r, err = s.Apply(d, InitOptions{})
	if err != nil || len(r.Made)+len(r.Changed) != 0 || !slices.Equal(r.Kept, want) {
		t.Errorf("second time: %+v, %v", r, err)
	}
}

const everyBlock = `# lay out
@ENV {title:"From the script", n: 3}
@DIR www
{id:"+",
 title:"A } \" site", // not the end
 nested:{a:[1,2]}}

@HOME ~/www
@FILE index.html {lang:"en"}
%TMPL:
<h1>${title}</h1> ${n} ${who?nobody} $${x} ${domain}
%END%
@FILE sub/kept.txt
?COPY:
new
?END?
@FILE empty
@HOME ~/
@THING accounts {id:"fixed-1", uniqueKeys:[{name:["nm"]}]}
@THING roles
%COPY:
// relaxed
{fields:[{key:"nm"}], expi: 1}
%END%
@API x/y
{"http-methods":["GET"]}
%COPY> files/y.sh
@INCLUDE more.init
`

// A script that was pasted with the indentation of a page is read as it looks.
func TestContentEndsAtItsOwnIndentation(t *testing.T) {
	t.Parallel()
	s, err := ParseInit([]byte("    @FILE a\n    %COPY:\n    one\n      %END%\n    %END%\n    @DIR b\n"), "f")
	if err != nil || len(s.blocks) != 2 || s.blocks[0].content.text != "    one\n      %END%\n" {
		t.Errorf("%+v %v", s, err)
	}
}

func TestEveryBlock(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "www/sub/kept.txt", "old")
	files := map[string]string{
		"files/y.sh": "echo ${title}\n",
		"more.init":  "@HOME deep\n@FILE a\n%TMPL> b\n@INCLUDE ~/c.init",
		"b":          "${title}",
		"~/c.init":   "@DIR below-deep",
	}
	o := InitOptions{Vars: map[string]string{"title": "T"}, Include: func(p string) ([]byte, error) {
		if s, is := files[p]; is {
			return []byte(s), nil
		}
		return nil, fmt.Errorf("no file %s", p)
	}}
	r := apply(t, d, everyBlock, o)
	if len(r.Made) != 7 || !slices.Equal(r.Kept, []Path{"www/sub/kept.txt"}) || !slices.Equal(r.Changed, []Path{"www"}) {
		t.Errorf("%+v", r)
	}
	for p, want := range map[Path]string{
		"www/index.html":      "<h1>T</h1> 3 nobody ${x} demo\n",
		"www/sub/kept.txt":    "old",
		"www/empty":           "",
		"deep/a":              "T",
		".regapi/api/x/y":     "echo ${title}\n",
		"accounts/thing.json": "{\n  \"uniqueKeys\": [\n    {\n      \"name\": [\n        \"nm\"\n      ]\n    }\n  ]\n}\n",
	} {
		if got := read(t, d, p); got != want {
			t.Errorf("%s: %q", p, got)
		}
	}
	o1, err := d.Tree(API).Object(Ref{Path: "www"})
	ok(t, err)
	if !IsID(o1.ID) || string(o1.Meta) != `{"title":"A } \" site","nested":{"a":[1,2]}}` {
		t.Errorf("%q %s", o1.ID, o1.Meta)
	}
	if p, err := d.Tree(API).Resolve(Ref{ID: "fixed-1"}); p != "accounts" {
		t.Errorf("%q %v", p, err)
	}
	again := apply(t, d, everyBlock, o)
	if again.Made != nil || again.Changed != nil || len(again.Kept) != 9 {
		t.Errorf("second time: %+v", again)
	}
	o2, err := d.Tree(API).Object(Ref{Path: "www"})
	if err != nil || o2.ID != o1.ID {
		t.Errorf("the id changed: %v", err)
	}
}

func TestInitPatchesWhatIsThere(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "a/thing.json", "{expi:5, fields:[]}")
	put(t, d, "w/.meta.json", "{title:'old', mine:1}")
	r := apply(t, d, "@THING a {indexes:['x'], expi:null}\n@DIR w {title:'new'}\n@DIR w {more:true}", InitOptions{})
	if !slices.Equal(r.Changed, []Path{"a", "w"}) || r.Made != nil {
		t.Errorf("%+v", r)
	}
	m, err := d.Tree(Owner).Meta("w")
	if err != nil || string(m) != `{"title":"new","mine":1,"more":true}` {
		t.Errorf("%s %v", m, err)
	}
	if got := strings.Join(strings.Fields(read(t, d, "a/thing.json")), ""); got != `{"fields":[],"indexes":["x"]}` {
		t.Error(got)
	}
}

func TestInitFaultsSayWhere(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"@DIRE x":                            "f:1:1: unknown block",
		"@DIR":                               "f:1:1: @DIR needs a path",
		"\n@DIR a\n{b:\n  }":                 "f:4:3: ",
		"@DIR a\n{b:1":                       "f:2:",
		"@DIR a\n{b:1} x":                    "f:2:6: nothing may follow",
		"@DIR a\n{b:1}\n{c:1}":               "f:3:1: the block has metadata already",
		"{a:1}":                              "f:1:1: metadata without a block",
		"@FILE a\n%COPY:\nx":                 "f:2:1: %END% is missing",
		"@FILE a\n%COPY: x\n%END%":           "f:2:1: the content begins on the next line",
		"@FILE a\n%COPY>\n":                  "f:2:1: the file is missing",
		"@FILE a\n%MOVE:\n":                  "f:2:1: unknown content",
		"@DIR a\n%COPY:\n%END%":              "f:2:1: @DIR takes no content",
		"@FILE a\n%COPY:\n%END%\n{a:1}":      "f:4:1: metadata stands before",
		"%END%":                              "f:1:1: unknown content",
		"hello":                              "f:1:1: a block",
		"@HOME x {a:1}":                      "f:1:9: @HOME takes no metadata",
		"@ENV x":                             "f:1:1: @ENV takes an object",
		"@DIR a\n{nm:'x'}":                   `f:2:5: "nm" is the object's own`,
		"@DIR 好\n{好:1, id:'a b'}":            "f:2:10: not an id",
		"@FILE ../x":                         "f:1:1: the path leaves the domain",
		"@FILE /etc/passwd":                  "f:1:1: the path leaves the domain",
		"@FILE ~root/x":                      "f:1:1: the path leaves the domain",
		"@FILE ${up}/x":                      "f:1:1: the path leaves the domain",
		"@FILE ~/":                           "f:1:1: ~/ is a directory",
		"@FILE a\n@FILE a/b":                 "f:2:1: ~/a is a file above",
		"@FILE a\n@DIR a":                    "f:2:1: ~/a is something else above",
		"@FILE is":                           "f:1:1: ~/is is there already, and a DIR",
		"@DIR is/file":                       "f:1:1: ~/is/file is there already, and a FILE",
		"@DIR is/file/x":                     "f:1:1: ~/is/file is there already, and a file",
		"@FILE out/x":                        "f:1:1: the path leaves the domain",
		"@FILE a/.meta.json":                 "f:1:1: metadata is written by",
		"@FILE .b.meta.json":                 "f:1:1: metadata is written by",
		"@DIR a {id:'x1'}\n@DIR b {id:'x1'}": "f:2:1: the id x1 is ~/a's already",
		"@DIR a {id:'taken'}":                "f:1:1: the id taken is ~/is's already",
		"@INCLUDE nothing":                   "f:1:1: no such object: nothing",
		"@INCLUDE loop":                      "loop:2:1: loop includes itself",
		"@INCLUDE broken":                    "broken:1:1: unknown block",
		"@FILE a\n%TMPL:\n${x\n%END%":        "f:2:1: e.cmd.syntax : a placeholder has no end",
		"@THING a\n%COPY:\n[1]\n%END%":       "f:2:1: thing.json:1:1: an object is expected",
		"@THING bad":                         "~/bad/thing.json:1:",
		"@DIR bad/meta {a:1}":                "f:1:1: the metadata is broken: ~/bad/meta/.meta.json:1:",
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			d := testDomain(t)
			put(t, d, "is/file", "x")
			put(t, d, "is/.meta.json", "{id:'taken'}")
			put(t, d, "bad/thing.json", "{")
			put(t, d, "bad/meta/.meta.json", "{")
			ok(t, os.Symlink("../../..", filepath.Join(d.Dir(), "out")))
			before := listing(t, d)
			o := InitOptions{Vars: map[string]string{"up": ".."}, Include: func(p string) ([]byte, error) {
				switch p {
				case "loop":
					return []byte("\n@INCLUDE loop"), nil
				case "broken":
					return []byte("@X"), nil
				}
				return nil, E("e.io.obj.noexists", p)
			}}
			s, err := ParseInit([]byte("@DIR first {x:1}\n@HOME ~/\n"+src), "f")
			if err != nil {
				_, err = ParseInit([]byte(src), "f")
			} else {
				_, err = s.Apply(d, o)
				wantCode(t, err, "e.domain.init")
				if after := listing(t, d); after != before {
					t.Errorf("a script with an error changed something:\n%s\n%s", before, after)
				}
				s, perr := ParseInit([]byte(src), "f")
				ok(t, perr)
				_, err = s.Apply(d, o)
			}
			wantCode(t, err, "e.domain.init")
			if e := AsError(err); !strings.HasPrefix(e.Detail, want) {
				t.Errorf("got %q", e.Detail)
			}
		})
	}
}

func TestInitCollectsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := ParseInit([]byte("@DIR\n@WHAT x\n@FILE a\n{b:}\n%COPY:\n{\n%END%\nrest"), "f")
	if lines := strings.Split(AsError(err).Detail, "\n"); len(lines) != 4 {
		t.Errorf("%d: %v", len(lines), lines)
	}
	if _, is := AsError(err).Data.([]Fault); !is {
		t.Error("no []Fault as data")
	}
}

// listing is everything in a domain with its content, as one text.
func listing(t testing.TB, d *Domain) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(d.Dir(), func(p string, e os.DirEntry, err error) error {
		fmt.Fprintf(&out, "%s %v\n", p, e.Type())
		if err == nil && e.Type().IsRegular() {
			b, rerr := os.ReadFile(p)
			fmt.Fprintf(&out, "%s\n", b)
			err = rerr
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	})
	ok(t, err)
	return out.String()
}

func FuzzParseInitNeverPanics(f *testing.F) {
	f.Add(everyBlock, false)
	f.Add("```bash\n@DIR x\n```\n@DIR y\n```\n@FILE z", true)
	f.Add("@FILE a {b:{c:'}'}}\r\n%COPY:\r\nx\r\n%END%\r\n", false)
	f.Fuzz(func(t *testing.T, src string, markdown bool) {
		file := "f"
		if markdown {
			file = "f.md"
		}
		_, err := ParseInit([]byte(src), file)
		if err == nil {
			return
		}
		faults, is := AsError(err).Data.([]Fault)
		if !is || len(faults) == 0 {
			t.Fatalf("no faults: %v", err)
		}
		for _, f := range faults {
			if f.Line < 1 || f.Line > strings.Count(src, "\n")+1 || f.Col < 1 || f.File != file {
				t.Fatalf("a place that is not there: %s", f)
			}
		}
	})
}

func FuzzApplyTwiceIsAFixedPoint(f *testing.F) {
	f.Add(everyBlock)
	f.Add("@DIR a {id:'+'}\n@FILE a/b\n%COPY:\nx\n%END%\n@FILE a/b\n?TMPL:\ny${a?b}\n?END?")
	f.Add("@THING t {id:'x', a:{b:1}, a:null}\n%COPY:\n{a:2,c:'d'}\n%END%")
	f.Add("@ENV {a:1}\n@HOME ${a}\n@FILE ${a}\n@THING .\n@DIR .")
	r := testRoot(f, RootOptions{Idle: -1})
	f.Fuzz(func(t *testing.T, src string) {
		s, err := ParseInit([]byte(src), "f")
		if err != nil {
			if CodeOf(err) != "e.domain.init" {
				t.Fatal(err)
			}
			return
		}
		d := makeDomain(t, r, "f"+NewID())
		defer os.RemoveAll(d.Dir())
		before := listing(t, d)
		if _, err = s.Apply(d, InitOptions{}); err != nil {
			if CodeOf(err) != "e.domain.init" {
				t.Fatal(err)
			}
			if after := listing(t, d); after != before {
				t.Fatalf("a script with an error changed something: %v", err)
			}
			return
		}
		first := listing(t, d)
		rep, err := s.Apply(d, InitOptions{})
		if err != nil || len(rep.Made)+len(rep.Changed) != 0 {
			t.Fatalf("second time: %+v, %v", rep, err)
		}
		if second := listing(t, d); second != first {
			t.Fatalf("changed:\n%s\n%s", first, second)
		}
	})
}
