package regapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/regapi/apidoc"
)

// paramsOf shows an operation's parameters: in:name:type, * when they must be
// there.
func paramsOf(op apidoc.Operation) string {
	var out []string
	for _, p := range op.Everything() {
		s := p.In + ":" + p.Name + ":" + p.Shape.Text()
		if p.Required {
			s += "*"
		}
		if p.Default != "" {
			s += "=" + p.Default
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestDescribeTellsWhatScriptsAskFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, text, want string }{
		{"a", "echo ${http-qs-x} ${http-qs-y?1} ${http-qs-x?2} ${http-qs-n<int:%d>?3}", "GET /api/demo/a query:x:string*=2 query:y:string=1 query:n:integer=3"},
		{"a", "echo ${http-header-X-KEY?} ${http-header-AUTHORIZATION?} ${http-cookie-SID?}", "GET /api/demo/a header:X-Key:string cookie:SID:string"},
		{"a", "cat id:${id} | echo", "POST /api/demo/a"},
		{"a", meta(`{"http-methods":"GET PUT"}`, "echo ${http-www-me-nm?}"), "GET /api/demo/a query:ticket:string | PUT /api/demo/a query:ticket:string"},
		{"a", meta(`{"http-www-auth":true,"http-www-ticket":["header:X-T","cookie:T"]}`, "echo"), "GET /api/demo/a header:X-T:string cookie:T:string"},
		{"a/_ANY/_post", "echo ${http-www-site}", "POST /api/demo/a/{any} path:any:string* query:site:string"},
		{"a", meta(`{"http-www-home":"~/www"}`, "echo ${http-www-site}"), "GET /api/demo/a"},
		{"_ANY", meta(`{"api-param-name":"p"}`, "echo ${params.p} ${args}"), "GET /api/demo/{p} path:p:string*"},
		{"a", meta(`{"http-post-json-merge":true,"http-methods":"POST","preload":{conf:"~/c.json"}}`, "echo ${nm} ${age?1} ${conf.title} ${id}"), "POST /api/demo/a body:nm:string* body:age:string=1"},
		{"a", meta(`{"api-params":{x:"integer?",more:["string"]}}`, "echo ${http-qs-x}"), "GET /api/demo/a query:x:integer query:more:[string]*"},
		{"a", meta(`{"api-doc":false}`, "echo"), ""},
		{"a", "no such command", ""},
	} {
		w := newWorld(t)
		w.api(tt.file, tt.text)
		var got []string
		for _, op := range w.h.Describe(w.domain("demo")).Operations {
			got = append(got, strings.TrimSpace(op.Method+" "+op.Path+" "+paramsOf(op)))
		}
		if s := strings.Join(got, " | "); s != tt.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", tt.file, tt.text, s, tt.want)
		}
	}
}

func TestSurveyReadsTemplatesBehindHTTPParam(t *testing.T) {
	t.Parallel()
	s := surveyScript("httpparam -in id:${id} -vint n -vbool on \\\n | run www auth ${http-www-site} $${name?} -p $${passwd} $${n?1} -ajax -cqn")
	var got []string
	for _, a := range s.form {
		got = append(got, fmt.Sprint(a.name, ":", a.shape.Type, ":", a.must, ":", a.def))
	}
	if want := "n:integer:false:1 on:boolean:false: name:string:false: passwd:string:true:"; strings.Join(got, " ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, " "), want)
	}
	if !s.site || !s.reads || !s.ajax || s.raw {
		t.Errorf("%+v", s)
	}
	if s := surveyScript("thing ~/x query -ajax | json -c"); s.ajax {
		t.Error("an envelope in the middle is not the answer")
	}
	if s := surveyScript("thing ~/x query | ajaxre -c"); !s.ajax {
		t.Error("ajaxre wraps")
	}
}

func TestCommentsAreTakenApart(t *testing.T) {
	t.Parallel()
	c := parseComment("登录。\n\n参数 name：登录名；passwd：密码\n失败 e.a.b 错；e.c\n\nSign in.\nMore.\n\nname: the name; passwd: a secret one\nerrors: e.a.b, e.d")
	if c.summary.ZH != "登录" || c.summary.EN != "Sign in." || c.params["name"].ZH != "登录名" || c.params["passwd"].EN != "a secret one" {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.errors, " "); got != "e.a.b e.c e.d" {
		t.Errorf("errors %s", got)
	}
	if _, ok := c.params["errors"]; ok {
		t.Error("errors is no parameter")
	}
}

func TestShapesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`"string"`: "string", `{a?:"any",b:{c:["integer"]}}`: "{a?: any, b: {c: [integer]}}", `{a:"number?"}`: "{a?: number}",
		`"text"`: "", `[]`: "", `["string","number"]`: "", `{a:1}`: "", `true`: "", `{}`: "object",
	} {
		n, err := relaxed.Parse(src)
		if err != nil {
			t.Fatal(src, err)
		}
		s, err := apidoc.ParseShape(n)
		if got := map[bool]string{true: s.Text()}[err == nil]; got != want {
			t.Errorf("%s: got %q (%v), want %q", src, got, err, want)
		}
	}
}

func TestDocumentsGiveWayToEndpoints(t *testing.T) {
	t.Parallel()
	if code, _ := newWorld(t).get("/api/demo/_docs"); code != 404 {
		t.Errorf("a domain without endpoints has documents: %d", code)
	}
	w := newWorld(t)
	w.api("one", "echo")
	if code, body := w.get("/api/demo/_docs?lang=en"); code != 200 || !strings.Contains(body, "/api/demo/one") {
		t.Errorf("%d %.100s", code, body)
	}
	w = newWorld(t)
	w.api("_docs", "echo mine")
	if code, body := w.get("/api/demo/_docs"); code != 200 || body != "mine\n" {
		t.Errorf("%d %.100s", code, body)
	}
}

// What json lets through of httpparam's object are parameters, too.
func TestParametersThatAreLetThrough(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"httpparam -vint n | json -key '^(mail|n)$' | cat":       "[n:integer mail:string]",
		"httpparam | json -key '^mail$' | run echo '$${text?x}'": "[mail:string text:string]",
		"httpparam | json -key '!^(mail|n)$' | cat":              "[]",
		"httpparam | cat | json -key '^(mail|n)$'":               "[]",
		"echo | json -key '^(mail|n)$'":                          "[]",
	} {
		var got []string
		for _, a := range surveyScript(script).form {
			got = append(got, a.name+":"+a.shape.Type)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", script, got, want)
		}
	}
}
