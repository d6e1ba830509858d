package shell

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
)

func TestReplyAndPrintJSON(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	doc := `'{a:1,b:null,c:[1,null,{d:null}],e:"x: null, y",f:{g:null,h:null},i:"\\\\":null}'`
	doc = `'{a:1,b:null,c:[1,null,{d:null}],e:"x\":null,y",f:{g:null,h:null}}'`
	for src, want := range map[string]string{
		"reply " + doc + " -cqn":        `{"a":1,"b":null,"c":[1,null,{"d":null}],"e":"x\":null,y","f":{"g":null,"h":null}}` + "\n",
		"reply " + doc + " -c":          `{"a":1,"c":[1,null,{}],"e":"x\":null,y","f":{}}` + "\n",
		"reply '{a:null}'":              "{}\n",
		"reply '{a:null,b:null,c:2}'":   "{\n  \"c\": 2\n}\n",
		"reply '{a:[1,{b:2}]}' -n":      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}\n",
		"reply null":                    "null\n",
		"reply null -ajax -c":           `{"ok":true,"data":null}` + "\n",
		"reply '{a:null,b:1}' -ajax -c": `{"ok":true,"data":{"b":1}}` + "\n",
		"reply '{a:null}' -ajax -cqn":   `{"ok":true,"data":{"a":null}}` + "\n",
		"reply '{a:null}' -ajax":        "{\n  \"ok\": true,\n  \"data\": {}\n}\n",
		"reply null -ajax":              "{\n  \"ok\": true,\n  \"data\": null\n}\n",
		"reply '[1]' -ajax":             "{\n  \"ok\": true,\n  \"data\": [\n    1\n  ]\n}\n",
	} {
		expect(t, reg, src, nil, want)
	}
}

func TestAjaxAnswersTheCallersErrors(t *testing.T) {
	t.Parallel()
	busy := do("busy", func(*Call) error { return domain.E("e.http.failed") })
	locked := do("locked", func(*Call) error { return domain.E("e.auth.login.locked").With(map[string]any{"wait": 30, "u": "<&>"}) })
	late := do("late", func(c *Call) error { c.Out.Write([]byte("part")); return domain.E("e.json") })
	panics := do("panics", func(*Call) error { panic("x") })
	reg := testRegistry(busy, locked, late, panics)
	for src, want := range map[string]string{
		"fail e.auth.ticked.noexist -ajax -c":    `{"ok":false,"errCode":"e.auth.ticked.noexist","msg":"the session does not exist or has expired"}` + "\n",
		"fail e.json 'at 5' -ajax -cqn":          `{"ok":false,"errCode":"e.json","msg":"not valid JSON: at 5"}` + "\n",
		"fail e.json -ajax":                      "{\n  \"ok\": false,\n  \"errCode\": \"e.json\",\n  \"msg\": \"not valid JSON\"\n}\n",
		"locked -ajax -c":                        `{"ok":false,"errCode":"e.auth.login.locked","msg":"too many failures, wait before the next try","data":{"u":"<&>","wait":30}}` + "\n",
		"fail e.json -ajax -c | cat":             `{"ok":false,"errCode":"e.json","msg":"not valid JSON"}` + "\n",
		"json ${bad} -ajax -c":                   `{"ok":false,"errCode":"e.json","msg":"not valid JSON: a value is missing before the end at byte 3"}` + "\n",
		"ref ${up} -ajax -c":                     `{"ok":false,"errCode":"e.io.path.outside","msg":"the path leaves the domain: ../x"}` + "\n",
		"ref $(fail e.thing.noexists) -ajax -c":  `{"ok":false,"errCode":"e.thing.noexists","msg":"no such thing"}` + "\n",
		"fail e.cmd.forbidden -ajax -c; echo on": `{"ok":false,"errCode":"e.cmd.forbidden","msg":"an endpoint may not run this command"}` + "\non\n",
		"fail e.internal -ajax":                  "!e.internal",
		"fail e.busy -ajax":                      "!e.busy",
		"fail e.timeout -ajax":                   "!e.timeout",
		"busy -ajax":                             "!e.http.failed",
		"panics -ajax":                           "!e.internal",
		"late -ajax":                             "!e.json",
		"fail e.json":                            "!e.json",
		"fail e.json | fail e.io.path -ajax":     "!e.json",
	} {
		expect(t, reg, src, MapVars{"bad": "{a:", "up": "../x"}, want)
	}
}

func TestAjaxNeverHidesAnEarlierStage(t *testing.T) {
	t.Parallel()
	spill := do("spill", func(c *Call) error { c.Out.Write(make([]byte, 200_000)); return domain.E("e.thing.noexists") })
	read := do("read", func(c *Call) error { _, err := c.ReadInput(0); return err })
	reg := testRegistry(spill, read)
	got, err := runLine(t, reg, "spill | read -ajax", nil)
	if got != "" || domain.CodeOf(err) != "e.thing.noexists" {
		t.Errorf("%q %v", got, err)
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		lang domain.Lang
		want string
	}{
		{nil, domain.ZH, `{"ok":true}`},
		{domain.E("e.json", "x"), "", `{"ok":false,"errCode":"e.json","msg":"JSON 格式错误: x"}`},
		{&Error{Err: domain.E("e.json")}, domain.EN, `{"ok":false,"errCode":"e.json","msg":"not valid JSON"}`},
		{errors.New("secret"), domain.EN, `{"ok":false,"errCode":"e.internal","msg":"internal error"}`},
		{domain.E("e.internal", "secret"), domain.EN, `{"ok":false,"errCode":"e.internal","msg":"internal error"}`},
		{domain.Wrap(errors.New("secret"), "e.busy"), domain.EN, `{"ok":false,"errCode":"e.busy","msg":"the server is busy, try again"}`},
		{&domain.Error{Code: "e.mine", Kind: domain.Invalid, Detail: `a"b`}, domain.EN, `{"ok":false,"errCode":"e.mine","msg":"e.mine: a\"b"}`},
		{domain.E("e.json").With(5), domain.EN, `{"ok":false,"errCode":"e.json","msg":"not valid JSON","data":5}`},
		{domain.E("e.json").With(func() {}), domain.EN, `{"ok":false,"errCode":"e.json","msg":"not valid JSON"}`},
		{domain.E("e.json").With(json.RawMessage(`[1]`)), domain.EN, `{"ok":false,"errCode":"e.json","msg":"not valid JSON","data":[1]}`},
		{domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "太短", EN: "too short"}), domain.ZH, `{"ok":false,"errCode":"e.auth.passwd.new.invalid","msg":"新密码不合要求: 太短"}`},
	} {
		if got := string(AppendEnvelope(nil, c.err, c.lang)); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
	if got := string(AppendOK([]byte("x"), nil)); got != `x{"ok":true,"data":null}` {
		t.Errorf("%s", got)
	}
}

func FuzzDroppedNullsAreAllAndOnlyNullMembers(f *testing.F) {
	for _, s := range []string{`{"a":null}`, `[null,{"a":null,"b":[{"c":null}]}]`, `{"null":":null,","b":null}`, `{"a":"\\","b":null}`, `{"a":"\\\"","b":null,"c":1}`, ` { "a" : null , "b" : 1 } `, `"null"`, `null`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if !json.Valid([]byte(src)) || !utf8.ValidString(src) {
			t.Skip()
		}
		out := appendWithoutNulls(nil, []byte(src))
		if !json.Valid(out) {
			t.Fatalf("%s became %s", src, out)
		}
		want := fmt.Sprintf("%q", members(json.NewDecoder(strings.NewReader(src)), true))
		if got := fmt.Sprintf("%q", members(json.NewDecoder(bytes.NewReader(out)), false)); got != want {
			t.Fatalf("%s became %s: %s, want %s", src, out, got, want)
		}
	})
}

// members reads one value; objects are lists of keys and values, which keep
// their order and double keys. With drop, null members are left out.
func members(d *json.Decoder, drop bool) any {
	d.UseNumber()
	tok, _ := d.Token()
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok
	}
	list := []any{delim}
	for d.More() {
		if delim == '[' {
			list = append(list, members(d, drop))
			continue
		}
		key, _ := d.Token()
		if v := members(d, drop); v != nil || !drop {
			list = append(list, key, v)
		}
	}
	d.Token()
	return list
}

func TestErrorLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{domain.E("e.io.obj.noexists", "~/x"), "e.io.obj.noexists : ~/x"},
		{&Error{File: "f", Err: domain.Wrap(errors.New("secret"), "e.json", "bad")}, "e.json : bad"},
		{domain.E("e.json"), "e.json : not valid JSON"},
		{nil, ""},
	} {
		if got := ErrorLine(c.err, domain.EN); got != c.want {
			t.Errorf("%v: %q", c.err, got)
		}
	}
	if got := strings.Count(ErrorLine(errors.New("x"), domain.ZH), "x"); got != 0 {
		t.Error("a cause is shown")
	}
}
