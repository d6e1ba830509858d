package cmds

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

// hostile are values that would mean something if anybody read them as text of a
// script, an option, a document or a template.
func hostile() map[string]string {
	return map[string]string{
		"empty":       "",
		"blanks":      "  \t ",
		"quotes":      `'"` + "`" + `\"\'`,
		"command":     `x; rm -r ~/ | write ~/owned > ~/owned`,
		"placeholder": `${v} $${v} $$ ${id}`,
		"subst":       "$(ls) `ls`",
		"option":      "-u",
		"dashes":      "--",
		"newlines":    "a\nb\r\nc\n\n",
		"nul":         "a\x00b",
		"json":        `x",role:"admin"},{"a":[`,
		"escape":      `\n\t\0\u0041\\`,
		"match":       "^.*",
		"error":       "e.internal : x",
		"unicode":     "名字 😀 \u2028 \ufeff",
		"markup":      `</script><b a="1">&amp;%00%zz+`,
		"long":        strings.Repeat(`0123456789"${v}'\`+"\n", 1<<16), // 1 MiB
	}
}

func jsonObject(v string) string {
	return string(relaxed.AppendString([]byte(`{"v":`), v)) + "}"
}

// carrier is a script through which a value must pass unchanged: as ${v}, or in the
// pipe as in makes it. out takes the value from what was printed.
type carrier struct {
	script string
	in     func(v string) string
	out    func(printed string) string
	not    string // names of values that it does not carry, by nature
}

func same(s string) string     { return s }
func listWith(v string) string { return "[" + jsonObject(v) + "]" }
func jsonText(s string) string { return gjson.Parse(s).Str }
func memberV(s string) string  { return gjson.Get(s, "v").Str }

func carriers() []carrier {
	return []carrier{
		{script: "echo -n ${v}", out: same},
		{script: "echo -ne ${v}", out: same},
		{script: "echo -n -- \"${v}\" | cat | cat", out: same},
		{script: "write ~/f ${v}; cat ~/f", out: same},
		{script: "echo -n '${v}' > ~/f; cat ~/f", out: same},
		{script: "write ~/f ${v}; cp ~/f ~/g; mv ~/g ~/h; write -a ~/h ''; cat ~/h", out: same},
		{script: "write ~/d/f ${v}; zip ~/o.zip ~/d; unzip ~/o.zip ~/x; cat ~/x/d/f", out: same},
		{script: "echo -n ${v} | base64 | base64 -d", out: same},
		{script: "echo -n ${v} | base64 -url | base64 -d -url", out: same},
		{script: "vars -text x ${v}; echo -n ${x}", out: same},
		{script: "vars x \"${v}\"; echo -n ${x}", out: same},
		{script: "try echo -n ${v}", out: same},
		{script: "try cat ~/nowhere else echo -n ${v}", out: same},
		{script: "try 'cat ~/nowhere' else 'echo -n \"${v}\"'", out: same},
		{script: "tail -n 9999999", in: same, out: same},
		{script: "head -n 9999999", in: same, out: same},
		{script: "run echo -n $${v}", in: jsonObject, out: same},
		{script: "run 'write' ~/f \"$${v}\"; cat ~/f", in: jsonObject, out: same},
		{script: "each echo -n $${v}", in: listWith, out: same},
		{script: "each 'echo -n \"$${v}\" | cat'", in: listWith, out: same},
		{script: "each 'vars -text x $${v}; echo -n $${x}'", in: listWith, out: same},
		{script: "each -json json -get v", in: listWith, out: func(s string) string { return gjson.Get(s, "0").Str }},
		{script: "tmpl -n $${v}", in: jsonObject, out: same},
		{script: "json -c", in: jsonObject, out: memberV},
		{script: "json", in: jsonObject, out: memberV},
		{script: "json -get v -str", in: jsonObject, out: func(s string) string { return strings.TrimSuffix(s, "\n") }},
		{script: "json -c -key ^v -mapping '{v:\"w\"}' -put x | json -get x.w", in: jsonObject, out: jsonText},
		{script: "echo '{}' | json -c -u '{a:{v:\"${v}\"}}' -a '{a:{z:\"${v}\"}}' | json -get a", out: func(s string) string {
			if gjson.Get(s, "z").Str != gjson.Get(s, "v").Str {
				return "they differ: " + s
			}
			return memberV(s)
		}},
		{script: "json -val v", in: listWith, out: func(s string) string { return gjson.Get(s, "0").Str }},
		{script: "ajaxre -c", in: jsonObject, out: func(s string) string { return gjson.Get(s, "data.v").Str }},
		{script: "ajaxre -cs", in: func(v string) string { return v + "\n" }, out: func(s string) string { return gjson.Get(s, "data").Str }, not: "newlines long"},
		{script: "json -s", in: func(v string) string { return v + "\n" }, out: jsonText, not: "newlines long"},
		{script: "touch ~/f; obj ~/f -u '{v:\"${v}\"}' -Q; obj ~/f -c -e ^v", out: memberV},
		{script: "touch ~/f; obj ~/f -u -c -e ^v", in: jsonObject, out: memberV},
		{script: "touch ~/f; obj ~/f -set '{a:{v:\"${v}\"}}' -c -e ^a | json -get a", out: memberV},
		{script: "touch ~/f; obj ~/f -push '{a:\"${v}\"}' -c -e ^a", out: func(s string) string { return gjson.Get(s, "a.0").Str }},
		{script: "obj -new '{nm:\"t\",v:\"${v}\"}' -c", out: memberV},
		{script: "csv | csv -d", in: listWith, out: func(s string) string { return gjson.Get(s, "0.v").Str }, not: "newlines"},
		{script: "split '\x01never\x01'", in: func(v string) string { return v + "\n" }, out: func(s string) string { return gjson.Get(s, "0").Str }, not: "newlines long"},
		{script: "httpparam -c", in: jsonObject, out: memberV},
		{script: "httpparam -c -json -map p", in: jsonObject, out: func(s string) string { return gjson.Get(s, "p.v").Str }},
		{script: "httpout ${v}", out: bodyOf},
		{script: "httpout", in: same, out: bodyOf},
		{script: "write ~/f ${v}; httpout -body ~/f", out: bodyOf},
	}
}

// bodyOf is what follows the head of an HTTP answer.
func bodyOf(s string) string {
	_, rest, _ := strings.Cut(s, "\n\n")
	return rest
}

func TestHostileValuesPassUnchanged(t *testing.T) {
	t.Parallel()
	for _, c := range carriers() {
		t.Run(c.script, func(t *testing.T) {
			t.Parallel()
			for name, v := range hostile() {
				if strings.Contains(" "+c.not+" ", " "+name+" ") {
					continue
				}
				in := v
				if c.in != nil {
					in = c.in(v)
				}
				printed, d := runScript(t, c.script, v, in)
				if got := c.out(printed); got != v {
					t.Errorf("%s: got %.100q, want %.100q", name, got, v)
				}
				if _, err := d.Tree(domain.Owner).Stat("owned"); err == nil {
					t.Errorf("%s was run", name)
				}
			}
		})
	}
}

// runScript runs a script as an endpoint would, with v as placeholder and in as pipe.
func runScript(t *testing.T, src, v, in string) (string, *domain.Domain) {
	t.Helper()
	s, err := registry().CompileText(src, shell.CompileOptions{Endpoint: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d := fresh(t)
	err = s.Run(t.Context(), &shell.Env{Domain: d, Vars: shell.MapVars{"v": v}, In: strings.NewReader(in), Out: &out})
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return out.String(), d
}

func TestHostileValuesInRegexpsAndDigestsAreText(t *testing.T) {
	t.Parallel()
	for name, v := range hostile() {
		line, _, _ := strings.Cut(v, "\n")
		if printed, _ := runScript(t, "echo ${v} | grep \"^${v}$\"", line, ""); printed != line+"\n" {
			t.Errorf("grep %s: got %.100q", name, printed)
		}
		sum := sha256.Sum256([]byte(v))
		if printed, _ := runScript(t, "echo -n ${v} | hash sha256 -n", v, ""); printed != hex.EncodeToString(sum[:]) {
			t.Errorf("hash %s: got %s", name, printed)
		}
	}
}

func TestLongInputStreamsThroughFilters(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 1023) + "\n"
	const lines = 36 << 10 // 36 MiB: more than ReadInput takes
	n := strconv.Itoa(lines) + "\n"
	for script, want := range map[string]string{
		"cat | cat | count -b":            strconv.Itoa(lines<<10) + "\n",
		"grep x | count":                  n,
		"head -n 2":                       line + line,
		"tail -n 1":                       line,
		"uniq -c | head -c 5":             n[:5],
		"base64 | base64 -d | count":      n,
		"write ~/f; cat ~/f | count":      n,
		"hash md5 | count -b":             "33\n",
		"write ~/f; cp ~/f ~/g; ls":       "f\ng\n",
		"each -lines echo y | head -n 1":  "y\n",
		"csv -d -nohead | grep x | count": n,
		"httpout -status 201 | head -n 1": "HTTP/1.1 201 Created\n",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			s, err := registry().CompileText(script, shell.CompileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			in := io.LimitReader(&repeated{text: line}, lines<<10)
			err = s.Run(t.Context(), &shell.Env{Domain: fresh(t), Who: domain.Owner, In: in, Out: &out, Limits: shell.Limits{Stages: 1 << 30}})
			if err != nil || out.String() != want {
				t.Errorf("got %.100q, %v", out.String(), err)
			}
		})
	}
}

// repeated is a text over and over.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}
