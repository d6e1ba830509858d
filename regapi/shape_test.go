package regapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

const errTable = `{
  fields: {service:"passport", v:1},
  ok: {code:"200", name:"Success", text:"done"},
  codes: {
    "e.io.obj.noexists": {code:-1005, text:"没有 ${detail}", name:"NotFound"},
    "e.auth.*": {code:"NO", text:{zh:"无权", en:"no ${code}"}, status:403},
    "*": {code:-10, text:"系统错误"}
  }
}`

// shapedWorld has endpoints of one shape, with and without a table.
func shapedWorld(t *testing.T, shape string) *world {
	w := newWorld(t)
	w.file(".regapi/api/.errors.json", errTable)
	w.file(".regapi/api/t/.meta.json", fmt.Sprintf(`{"http-envelope":%q,"http-envelope-table":"~/.regapi/api/.errors.json"}`, shape))
	w.file(".regapi/api/n/.meta.json", fmt.Sprintf(`{"http-envelope":%q}`, shape))
	for name, text := range map[string]string{
		"data": `echo '{"a":1}'`, "none": "head ''", "text": "echo hello", "list": `echo '[1]'`,
		"page":   `echo '{"list":[{"id":1}],"pager":{"sum":7}}'`,
		"ajax":   `echo '{"ok":true,"data":{"a":2}}'`,
		"told":   `echo '{"ok":false,"errCode":"e.io.obj.noexists","msg":"x: ~/y"}'`,
		"gone":   "fail e.io.obj.noexists",
		"broken": "panic",
		"big":    "big 9000000",
		"guard":  meta(`{"http-www-auth":true}`, "echo"),
		"plain":  meta(`{"http-header-Content-Type":"text/plain"}`, "echo plain"),
	} {
		w.api("t/"+name, text, "n/"+name, text)
	}
	return w
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for shape, want := range map[string]map[string]string{
		"errno": {
			"t/data": `200 {"errno":0,"data":{"a":1}}`, "t/none": `200 {"errno":0}`, "t/text": `200 {"errno":0,"data":"hello"}`, "t/ajax": `200 {"errno":0,"data":{"a":2}}`,
			"t/gone":   `200 {"errno":-1005,"errText":"没有 a detail","service":"passport","v":1}`,
			"t/told":   `200 {"errno":-1005,"errText":"没有 ~/y","service":"passport","v":1}`,
			"t/guard":  `200 {"errno":-10,"errText":"系统错误","service":"passport","v":1}`,
			"t/broken": `500 {"errno":-10,"errText":"系统错误","service":"passport","v":1}`,
			"n/gone":   `200 {"errno":-1,"errText":"对象不存在: a detail"}`,
			"t/plain":  "200 plain",
		},
		"state": {
			"t/data": `200 {"state":"ok","a":1}`, "t/none": `200 {"state":"ok"}`, "t/list": `200 {"state":"ok","data":[1]}`, "t/ajax": `200 {"state":"ok","a":2}`,
			"n/gone": `200 {"state":"failed","reason":"e.io.obj.noexists"}`,
			"t/gone": `200 {"state":"failed","reason":"-1005","service":"passport","v":1}`,
		},
		"oauth": {
			"t/data": `200 {"a":1}`,
			"n/gone": `404 {"error":"invalid_request","error_description":"对象不存在: a detail"}`,
			"t/gone": `404 {"error":"-1005","error_description":"没有 a detail","service":"passport","v":1}`,
		},
		"result": {
			"t/data": `200 {"successful":true,"code":"200","name":"Success","message":"done","option":null,"data":{"a":1}}`,
			"t/page": `200 {"successful":true,"code":"200","name":"Success","message":"done","option":7,"data":[{"id":1}]}`,
			"n/none": `200 {"successful":true,"code":"200","name":"Success","message":"OK","option":null,"data":null}`,
			"n/gone": `200 {"successful":false,"code":"404","name":"NotFound","message":"对象不存在: a detail","option":null,"data":null}`,
			"t/gone": `200 {"successful":false,"code":"-1005","name":"NotFound","message":"没有 a detail","option":null,"data":null,"service":"passport","v":1}`,
		},
		"ok": {"t/data": `200 {"a":1}`, "t/ajax": `200 {"ok":true,"data":{"a":2}}`},
	} {
		w := shapedWorld(t, shape)
		for name, answer := range want {
			code, body := w.get("/api/demo/" + name)
			if got := strings.TrimSpace(fmt.Sprint(code, " ", body)); got != answer {
				t.Errorf("%s %s\ngot  %s\nwant %s", shape, name, got, answer)
			}
		}
	}
}

func TestShapedAnswersAreValidJSONWhateverComes(t *testing.T) {
	t.Parallel()
	for _, shape := range shapeNames() {
		w := shapedWorld(t, shape)
		for _, name := range []string{"data", "none", "list", "page", "ajax", "told", "gone", "broken", "big", "guard"} {
			for _, dir := range []string{"t/", "n/"} {
				if shape == "ok" && (name == "none" || name == "big") || shape == "oauth" && name == "none" {
					continue
				}
				res := w.do(request{url: "/api/demo/" + dir + name, header: []string{"Accept-Language: en"}})
				if body := bodyOf(res); !gjson.Valid(body) || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
					t.Errorf("%s %s%s: %d %s %.200s", shape, dir, name, res.StatusCode, res.Header.Get("Content-Type"), body)
				}
			}
		}
	}
}

func TestShapedErrorsKeepTheEnginesStatuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.api("once", meta(`{"http-rate":"1/1h","http-envelope":"errno","http-body-max":"10","http-methods":"GET POST"}`, "cat id:${id}"))
	if res := w.do(request{method: "POST", url: "/api/demo/once", body: strings.Repeat("x", 100)}); res.StatusCode != 413 || gjson.Get(bodyOf(res), "errno").Int() != -1 {
		t.Errorf("too large: %d", res.StatusCode)
	}
	res := w.do(request{url: "/api/demo/once"})
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || gjson.Get(bodyOf(res), "errno").Int() != -1 {
		t.Errorf("too many: %d", res.StatusCode)
	}
}

func TestTablesAreReadAnewAndChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("codes.json", `{codes:{"e.io.obj.noexists":{code:1}}}`)
	w.api("gone", meta(`{"http-envelope":"errno","http-envelope-table":"~/codes.json"}`, "fail e.io.obj.noexists"))
	if _, body := w.get("/api/demo/gone"); gjson.Get(body, "errno").Int() != 1 {
		t.Error(body)
	}
	w.file("codes.json", `{codes:{"e.io.obj.noexists":{code:22}}}`)
	if _, body := w.get("/api/demo/gone"); gjson.Get(body, "errno").Int() != 22 {
		t.Error(body)
	}
	for text, want := range map[string]string{
		`{codes:{"e.x":{code:1,txet:"a"}}}`: `~/codes.json:1:28: "txet" is no part of a row`, `{codes:{"e.x":1}}`: "must be an object", `{code:{}}`: "unknown key", `{codes:{"e.x":{text:"${"}}}`: "e.cmd.syntax",
		`{codes:{"e.x":{status:99}}}`: "status from 200", `{`: "~/codes.json:1",
	} {
		w.file("codes.json", text)
		faults := fmt.Sprint(w.h.Check(w.domain("demo")))
		if !strings.Contains(faults, want) {
			t.Errorf("%s: %s", text, faults)
		}
	}
	w.remove("codes.json")
	if faults := fmt.Sprint(w.h.Check(w.domain("demo"))); !strings.Contains(faults, "is not there") {
		t.Error(faults)
	}
}
