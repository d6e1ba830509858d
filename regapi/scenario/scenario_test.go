package scenario

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// echo answers with what it was asked, and with a few fixed things.
func echo() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Host", r.Host)
		fmt.Fprintf(w, `{"method":%q,"q":%q,"type":%q,"h":%q,"body":%q}`, r.Method, r.URL.Query().Get("q"), r.Header.Get("Content-Type"), r.Header.Get("X-In"), raw)
	})
	mux.HandleFunc("/doc", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, `{"data":{"n":2,"s":"1","list":[{"a":1},{"a":2}],"ok":true,"nil":null,"t":"a\"b&c d"}}`)
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(410); io.WriteString(w, "it is gone\n") })
	mux.HandleFunc("/p/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	return mux
}

func runner() *Runner {
	return &Runner{
		Handler: echo(), Host: "carya.test", Lang: domain.EN, Vars: map[string]string{"domain": "demo"},
		Shell: func(_ context.Context, line string, v shell.Vars, out io.Writer) error {
			if line == "fails" {
				return domain.E("e.io.obj.noexists", "x")
			}
			x, _ := v.Lookup("saved")
			fmt.Fprintf(out, `{"line":%q,"saved":%q}`, line, x.Text)
			return nil
		},
	}
}

// results runs a text and gives a line for each scenario: its name, and what
// failed where.
func results(t *testing.T, src string) string {
	t.Helper()
	f, faults := Parse("t.txt", src)
	for _, fault := range faults {
		t.Fatal(fault)
	}
	var b strings.Builder
	for _, s := range f.Scenarios {
		res := runner().Run(t.Context(), f, s)
		b.WriteString(s.Name)
		for _, x := range res.Failures {
			fmt.Fprintf(&b, " [%d %s|%s|%s]", x.Line, x.What, x.Want, x.Got)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ check, fails string }{
		{"200", ""}, {"2xx", ""}, {"404", "status|404|200"}, {"20x", ""},
		{"data.n = 2", ""}, {"data.n = 3", "data.n|3|2"}, {"data.n != 3", ""}, {"data.n != 2", "data.n|!= 2|2"},
		{"data.s = 1", ""}, {`data.s = "1"`, ""}, {`data.n = "2"`, `data.n|"2"|2`}, {"data.n = 2.0", ""},
		{"data.list = [{a:1},{a:2}]", ""}, {"data.list.# = 2", ""}, {"data.list.1.a = 2", ""}, {"data.list.0 = {a:9}", `data.list.0|{a:9}|{"a":1}`},
		{"data.nil = null", ""}, {"data.nil exists", ""}, {"data.no absent", ""}, {"data.no exists", "data.no|exists|absent"}, {"data.no = 1", "data.no|1|absent"}, {"data.no != 1", "data.no|!= 1|absent"},
		{"data.ok = true", ""}, {"data.ok = false", "data.ok|false|true"},
		{"data.t ~ ^a.b", ""}, {"data.t !~ ^a.b", `data.t|!~ ^a.b|"a\"b&c d"`}, {"data.n ~ 2", ""},
		{"data.n > 1", ""}, {"data.n >= 2", ""}, {"data.n < 2", "data.n|< 2|2"}, {"data.n <= 2", ""}, {"data.s > 0", `data.s|> 0|"1"`},
		{"Content-Type: text/plain*", ""}, {"Content-Type: image/*", "Content-Type|image/*|text/plain; charset=utf-8"}, {"X-No: *", "X-No|*|absent"}, {"!X-No", ""}, {"!Content-Type", "Content-Type|absent|text/plain; charset=utf-8"},
		{"@body ~ list", ""}, {`@body = {"data":{}}`, `@body|{"data":{}}|{"data":{"n":2,"s":"1","list":[{"a":1},{"a":2}],"ok":true,"nil":null,"t":"a\"b&c d"}}`},
	} {
		want := "all\n"
		if tt.fails != "" {
			want = "all [2 " + tt.fails + "]\n"
		}
		if got := results(t, "GET /doc\n< "+tt.check); got != want {
			t.Errorf("< %s\ngot  %swant %s", tt.check, got, want)
		}
	}
}

func TestTheStatusGoesWithoutSaying(t *testing.T) {
	t.Parallel()
	if got := results(t, "GET /gone\n< @body exists"); got != "all [1 status|200|410]\n" {
		t.Error(got)
	}
	if got := results(t, "GET /gone\n< 410\n< @body = it is gone"); got != "all\n" {
		t.Error(got)
	}
}

// A saved value is data, wherever it goes.
func TestSavedValuesAreData(t *testing.T) {
	t.Parallel()
	src := `
--- everywhere
GET /doc
> save v = data.t
> save n = data.n
> save type = header Content-Type

GET /echo?q=${v}&r=1
X-In: ${v}
< q = ${v}
< h = ${v}
< q ~ ^${v}$

POST /echo
Content-Type: application/x-www-form-urlencoded

a=${v}&b=1
< body = a=a%22b%26c+d&b=1

POST /echo

{"a":"${v}","n":${n}}
< type = application/json
< body = "{\"a\":\"a\\\"b&c d\",\"n\":2}"

POST /echo
Content-Type: text/plain

${type} ${domain} $${domain}
# no comment here
< body = "text/plain; charset=utf-8 demo ${domain}\n# no comment here"

GET /p/${v}/x
< @body = "/p/a\"b&c d/x"

--- of its own
GET /echo?q=${v}
`
	want := "everywhere\nof its own [37 ${v}|a saved value|nothing was saved as \"v\"]\n"
	src = strings.Replace(src, `demo ${domain}\n`, `demo $${domain}\n`, 1)
	if got := results(t, src); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestLinesOfTheShell(t *testing.T) {
	t.Parallel()
	src := "$ one | \\\n  two\n< line ~ two\n> save saved = line\n\n$ three\n< saved ~ one\n$ fails\n< error e.io.obj.noexists\n$ fails\n"
	if got := results(t, src); got != "all [10 error|none|e.io.obj.noexists]\n" {
		t.Error(got)
	}
	if got := results(t, "$ fine\n< error e.x"); got != "all [2 error|e.x|none]\n" {
		t.Error(got)
	}
}

func TestHostsAndLanguage(t *testing.T) {
	t.Parallel()
	if got := results(t, "GET /echo\n< X-Host: carya.test\nGET /echo\nHost: other\n< X-Host: other"); got != "all\n" {
		t.Error(got)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{"GEt /x", "1"}, {"GET x", "1"}, {"< 200", "1"}, {"GET /x\n< what", "2"}, {"> save a = b", "1"}, {"GET /x\n> keep a", "2"},
		{"---\n", "1"}, {"GET /x\nno header", "2"}, {"GET /x\n< a ~ (", "2"}, {"$ a\n< 200", "2"}, {"$ a\n< X: 1", "2"}, {"GET /x\n< error e.x", "2"},
	} {
		_, faults := Parse("t.txt", tt.src)
		got := ""
		for _, f := range faults {
			got += fmt.Sprint(f.Line)
		}
		if got != tt.want {
			t.Errorf("%q: faults in lines %q, want %q: %v", tt.src, got, tt.want, faults)
		}
	}
}

func FuzzParseNeverPanicsAndEveryStepHasALine(f *testing.F) {
	f.Add("--- a\nGET /x?q=${v}\nA: b\n\nbody\n< 200\n< a = {b:1}\n> save x = y\n$ z \\\n y\n< error e.x")
	f.Fuzz(func(t *testing.T, src string) {
		file, _ := Parse("f", src)
		for _, s := range file.Scenarios {
			for _, st := range s.Steps {
				if st.Line < 1 || st.Line > strings.Count(src, "\n")+1 {
					t.Errorf("line %d", st.Line)
				}
			}
		}
	})
}
