package regapi

import (
	"strings"
	"testing"
)

func TestSplitFile(t *testing.T) {
	t.Parallel()
	seed := "# API(auth): 取得当前站点信息\n@FILE .regapi/api/auth/site\n{\n   \"http-header-Content-Type\" : \"text/json\"\n}\n%COPY:\nobj ~/www -cqn\n%END%\n"
	for name, c := range map[string]struct{ src, doc, meta, body string }{
		"seed":             {seed, "API(auth): 取得当前站点信息", `"text/json"`, "obj ~/www -cqn\n"},
		"seed, CRLF":       {strings.ReplaceAll(seed, "\n", "\r\n"), "API(auth): 取得当前站点信息", `"text/json"`, "obj ~/www -cqn\n"},
		"seed, BOM":        {"\ufeff" + seed, "API(auth): 取得当前站点信息", `"text/json"`, "obj ~/www -cqn\n"},
		"no comment":       {seed[strings.Index(seed, "@FILE"):], "", `"text/json"`, "obj ~/www -cqn\n"},
		"no @FILE":         {seed[strings.Index(seed, "{"):], "", `"text/json"`, "obj ~/www -cqn\n"},
		"only content":     {seed[strings.Index(seed, "%COPY"):], "", "", "obj ~/www -cqn\n"},
		"all pipeline":     {"echo a | cat\n", "", "", "echo a | cat\n"},
		"commented":        {"# 取得\n#\n#   indented\n\necho a\n", "取得\n\n  indented", "", "# 取得\n#\n#   indented\n\necho a\n"},
		"two blocks":       {"# one\n\n# two\n%COPY:\necho\n%END%\n# end\n", "one", "", "echo\n"},
		"comment after @":  {"@API a\n# doc\n%COPY:\necho\n%END%", "doc", "", "echo\n"},
		"relaxed":          {"{ // yes\n a: '%COPY:', }\n%COPY:\necho\n%END%", "", "'%COPY:'", "echo\n"},
		"kept content":     {"?COPY:\necho\n%END%", "", "", "echo\n"},
		"content looks so": {"%COPY:\n@FILE x\n{a}\n%END%", "", "", "@FILE x\n{a}\n"},
		"end in a word":    {"%COPY:\necho %END%x\n%END%", "", "", "echo %END%x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f, wrong := splitFile(c.src)
			if wrong != nil {
				t.Fatalf("%v: %s", wrong.at, wrong.msg)
			}
			if f.doc != c.doc || f.body != c.body || !strings.Contains(f.meta, c.meta) || c.meta == "" && f.meta != "" {
				t.Errorf("doc %q meta %q body %q", f.doc, f.meta, f.body)
			}
		})
	}
}

// TestFaults drops broken files in and reads what Check says of them.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"empty":             {"", "1:1: the file is empty"},
		"blank":             {" \n\t\n", "1:1: the file is empty"},
		"only comments":     {"# a\n", "1:1: the script is empty"},
		"empty content":     {"%COPY:\n# a\n%END%\n", "2:1: the script is empty"},
		"other block":       {"# a\n@DIR x\n", "2:1: only @FILE and @API"},
		"no content":        {"@FILE x\necho a\n", "2:1: %COPY: expected"},
		"no content at all": {"{a:1}\n", "2:1: %COPY: expected"},
		"no end":            {"\n%COPY:\necho a\n", "2:1: %COPY: without %END%"},
		"two":               {"%COPY:\necho a\n%END%\n\n@FILE y\n", "5:1: an endpoint's file ends with %END%"},
		"not UTF-8":         {"echo a\necho \xff\n", "2:6: the text is not UTF-8"},
		"syntax":            {"# x\n%COPY:\necho a\n  echo 'b\n%END%\n", "4:8: "},
		"command":           {"{}\n%COPY:\necho a | nope\n%END%\n", "3:10: "},
		"option":            {"echo a |\\\n fail -x e.internal", "2:7: "},
		"metadata":          {"{\n \"http-timeout\": [,]\n}\n%COPY:\necho\n%END%", "2:"},
		"metadata, list":    {"{\n\n 中: 1, 'http-timeout': []}\n%COPY:\necho\n%END%", "3:24: http-timeout: must be a duration"},
		"behind metadata":   {"{} echo\n%COPY:\necho\n%END%", "1:3: nothing may follow"},
		"header name":       {"{'http-header-a b': 'x'}\n%COPY:\necho\n%END%", "not a header's name"},
		"header value":      {"{'http-header-X': 'a\\nb'}\n%COPY:\necho\n%END%", "one line"},
		"engine's header":   {"{'http-header-content-length': '5'}\n%COPY:\necho\n%END%", "the engine's"},
		"methods":           {"{'http-methods': 'GET BREW'}\n%COPY:\necho\n%END%", `no method is called "BREW"`},
		"status":            {"{'http-resp-code': 99}\n%COPY:\necho\n%END%", "from 200 to 599"},
		"flag":              {"{'http-www-auth': 1}\n%COPY:\necho\n%END%", "true or false"},
		"origin":            {"{'http-cross-origin': 'example.com'}\n%COPY:\necho\n%END%", "not an origin"},
		"home":              {"{'http-www-home': '../x'}\n%COPY:\necho\n%END%", "must be a site"},
		"ticket":            {"{'http-www-ticket': 'moon:x'}\n%COPY:\necho\n%END%", "query:NAME"},
		"permission":        {"{'pvg-assert': [1]}\n%COPY:\necho\n%END%", "text or a list of texts"},
		"no permission":     {"{'pvg-assert': []}\n%COPY:\necho\n%END%", "names no permission"},
		"token":             {"{'api-access-token': '~/../x'}\n%COPY:\necho\n%END%", "not a path"},
		"preload":           {"{preload: {'http-x': '~/a'}}\n%COPY:\necho\n%END%", "placeholder of the engine"},
		"size":              {"{'http-body-max': '5X'}\n%COPY:\necho\n%END%", "must be a size"},
		"rate":              {"{'http-rate': 'often'}\n%COPY:\necho\n%END%", "20/10s"},
		"cache":             {"{'cache-test': '('}\n%COPY:\necho\n%END%", "regular expression"},
		"unknown key":       {"{\n 'http-metods': 'GET'}\n%COPY:\necho\n%END%", "2:17: warning: unknown key \"http-metods\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.api("x", c.src)
			faults := w.h.Check(w.domain("demo"))
			if len(faults) != 1 || !strings.HasPrefix(faults[0].String(), "~/.regapi/api/x:") || !strings.Contains(faults[0].String(), c.want) {
				t.Errorf("faults %v, want %q", faults, c.want)
			}
		})
	}
}

func TestFaultsOfMetadataFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("x", "echo", ".x.meta.json", "{\n 'http-timeout': 'soon'}", ".meta.json", "{\n'http-x': 1,\n'other': 1", "y", "echo")
	var got []string
	for _, f := range w.h.Check(w.domain("demo")) {
		got = append(got, f.String())
	}
	want := []string{"~/.regapi/api/.meta.json:3:", "~/.regapi/api/.x.meta.json:2:18: http-timeout: must be a duration"}
	if len(got) != len(want) {
		t.Fatalf("faults %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("fault %q, want %q", got[i], want[i])
		}
	}
}

// FuzzEndpointFileGivesFaultsNeverPanics reads any text as an endpoint's file:
// whatever it is, each fault stands inside of it.
func FuzzEndpointFileGivesFaultsNeverPanics(f *testing.F) {
	for _, s := range []string{"echo a", "# a\n@FILE x\n{a:1}\n%COPY:\necho ${http-qs-a?b}\n%END%\n", "{'http-rate':'1/1'}\n%COPY:\n", "%COPY:\n'\n%END%"} {
		f.Add(s)
	}
	reg := testRegistry()
	f.Fuzz(func(t *testing.T, src string) {
		c := &compiler{keys: newKeyTable(), ep: blank(folder+"/api/x", nil, []*metaText{nil})}
		c.compile(reg, src, []*metaText{nil})
		n := strings.Count(src, "\n") + 1
		for _, fault := range c.faults {
			if fault.Line < 1 || fault.Line > n || fault.Col < 1 {
				t.Errorf("fault outside the text: %v", fault)
			}
		}
		if !broken(c.faults) && c.ep.script == nil {
			t.Error("no script and no fault")
		}
	})
}
