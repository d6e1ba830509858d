package regapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// failures are what a failure looks like in each shape, with and without a table.
var failures = map[string][2]string{
	"ok":     {`{"ok":false,"errCode":"CODE"`, `{"ok":false,"errCode":"CODE"`},
	"errno":  {`{"errno":-1,"errText":"`, `{"errno":-10,"errText":"系统错误","service":"passport","v":1}`},
	"state":  {`{"state":"failed","reason":"CODE"`, `{"state":"failed","reason":"-10","service":"passport"`},
	"oauth":  {`{"error":"`, `{"error":"-10","error_description":"系统错误","service":"passport"`},
	"result": {`{"successful":false,"code":"STATUS"`, `{"successful":false,"code":"-10","name":"`},
}

func TestWhatNoEndpointAnswersHasTheFoldersShape(t *testing.T) {
	t.Parallel()
	for shape, want := range failures {
		w := newWorld(t, func(o *Options) { o.Running = 100 })
		w.grant("demo", "host", "demo.example")
		w.file(".regapi/api/.errors.json", errTable)
		w.file(".regapi/api/n/.meta.json", fmt.Sprintf(`{"http-envelope":%q,"http-body-max":"10"}`, shape))
		w.file(".regapi/api/n/_ANY/deep/.meta.json", `{"http-envelope-table":"~/.regapi/api/.errors.json"}`)
		w.file(".regapi/api/n/off/.meta.json", `{"http-envelope":"ok"}`)
		w.api("n/get", meta(`{"http-methods":"GET"}`, "cat id:${id}"), "n/post", meta(`{"http-methods":"POST"}`, "cat id:${id}"), "n/bad", "nope", "n/own", meta(`{"http-envelope":"ok","http-methods":"GET"}`, "echo"),
			"n/image", meta(`{"http-header-Content-Type":"image/png"}`, "fail e.io.obj.noexists"), "plain", "echo")
		for _, tt := range []struct {
			request
			status, table int
			code          string
		}{
			{request{url: "/api/demo/n/nothing"}, 404, 0, "e.api.noexists"},
			{request{url: "/api/demo/n/get/below"}, 404, 0, "e.api.noexists"},
			{request{url: "/api/demo/n/x%2Fy/z", method: "POST"}, 404, 0, "e.api.noexists"},
			{request{url: "/api/n/nothing", host: "demo.example"}, 404, 0, "e.api.noexists"},
			{request{url: "/api/demo/n/nothing", host: "demo.example"}, 404, 0, "e.api.noexists"},
			{request{url: "/api/demo/n/any/deep/nothing"}, 404, 1, "e.api.noexists"},
			{request{url: "/api/demo/n/get", method: "DELETE"}, 405, 0, "e.api.method"},
			{request{url: "/api/demo/n/get", method: "BREW"}, 405, 0, "e.api.method"},
			{request{url: "/api/demo/n/bad"}, 500, 0, "e.api.load"},
			{request{url: "/api/demo/n/post", method: "POST", body: strings.Repeat("x", 11)}, 413, 0, "e.api.body.toolarge"},
			{request{url: "/api/demo/n/image"}, 404, 0, "e.io.obj.noexists"},
		} {
			res := w.do(tt.request)
			body, begin := bodyOf(res), strings.NewReplacer("CODE", tt.code, "STATUS", fmt.Sprint(tt.status)).Replace(want[tt.table])
			if res.StatusCode != tt.status || !strings.HasPrefix(body, begin) || !gjson.Valid(body) || res.Header.Get("Content-Type") != jsonType[0] {
				t.Errorf("%s: %s %s: %d %s\nwant %d %s", shape, tt.method, tt.url, res.StatusCode, body, tt.status, begin)
			}
			if tt.status == 405 && res.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
				t.Errorf("%s: %v", shape, res.Header)
			}
		}
		for _, url := range []string{"/api/demo/nothing", "/api/demo/plain/x", "/api/demo/n/off/nothing", "/api/nowhere/n/x"} {
			if status, body := w.get(url); status != 404 || !strings.HasPrefix(body, `{"ok":false,"errCode":"e.`) {
				t.Errorf("%s: %s: %d %s", shape, url, status, body)
			}
		}
		if res := w.do(request{method: "PUT", url: "/api/demo/n/own"}); res.StatusCode != 405 || !strings.HasPrefix(bodyOf(res), `{"ok":false`) {
			t.Errorf("%s: an endpoint of another shape: %d", shape, res.StatusCode)
		}
	}
}

func TestTooManyRequestsHaveTheFoldersShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.file(".regapi/api/.meta.json", `{"http-envelope":"errno"}`)
	for n := 0; n < 20*everything.n; n++ {
		res := w.do(request{url: "/api/demo/nothing"})
		if gjson.Get(bodyOf(res), "errno").Int() != -1 {
			t.Fatalf("%d in another shape", res.StatusCode)
		}
		if res.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("never too many")
}

func TestAFoldersNewShapeIsLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(".regapi/api/n/.meta.json", `{"http-envelope":"errno"}`)
	if _, body := w.get("/api/demo/n/x"); !strings.HasPrefix(body, `{"errno":-1`) {
		t.Errorf("%s", body)
	}
	w.file(".regapi/api/n/.meta.json", `{"http-envelope":"state"}`)
	w.until("/api/demo/n/x", 404, `{"state":"failed","reason":"e.api.noexists"}`)
	w.remove(".regapi/api/n")
	w.h.Check(w.domain("demo"))
	if _, body := w.get("/api/demo/n/x"); !strings.HasPrefix(body, `{"ok":false`) {
		t.Errorf("after its end: %s", body)
	}
}

// A folder's shape counts also where it has no endpoint of its own.
func TestCheckTellsOfAFoldersWrongShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(".regapi/api/empty/.meta.json", `{"http-envelope":"nope"}`)
	w.file(".regapi/api/deep/.meta.json", "{\n  \"http-envelope-table\": {},\n}")
	w.file(".regapi/api/deep/a/.meta.json", `{"http-envelope":"errno", "http-envelope-table":"~/.regapi/api/.gone.json"}`)
	w.file(".regapi/api/own/.meta.json", `{"http-envelope":[]}`)
	w.api("own/x", "echo", "own/y", "echo")
	var got []string
	for _, f := range w.h.Check(w.domain("demo")) {
		got = append(got, f.String())
	}
	want := []string{
		"~/.regapi/api/deep/.meta.json:2:26: http-envelope-table: must be the path of a file: ~/.regapi/api/.errors.json",
		"~/.regapi/api/empty/.meta.json:1:18: http-envelope: must be one of ok, errno, state, oauth, result",
		"~/.regapi/api/own/.meta.json:1:18: http-envelope: must be one of ok, errno, state, oauth, result",
		"~/.regapi/api/.gone.json: the table of error codes is not there",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
