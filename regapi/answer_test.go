package regapi

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"json", `echo '{"a":1}'`, "list", "echo '[1]'", "null", "echo null", "text", "echo hello", "nothing", "echo -n ''",
		"seed", meta(`{"http-header-Content-Type":"text/json"}`, `echo '{"a":1}'`),
		"html", meta(`{"http-header-Content-Type":"text/html","http-header-X-A":["1","2"],"http-header-Cache-Control":"max-age=5"}`, "echo '<p>'"),
		"created", meta(`{"http-resp-code":201}`, `echo '{}'`),
		"empty", meta(`{"http-resp-code":204}`, `echo '{}'`),
		"go", meta(`{"http-resp-code":302}`, `echo "  ${http-qs-to}  "`),
		"moved", meta(`{"http-resp-code":301}`, `echo /中/a b`),
		"head", meta(`{"http-dynamic-header":true}`, `head "HTTP/1.1 404 Gone\nContent-Type: text/html\nX-A: 1\nSet-Cookie: a=1\nSet-Cookie: b=2\nTransfer-Encoding: chunked\nContent-Length: 3\nX-Request-Id: me\nAccess-Control-Allow-Origin: *\n\n<p>${http-qs-v}"`),
		"head2", meta(`{"http-dynamic-header":true}`, `head "X-A: ${http-qs-v}\r\n\r\nbody"`),
		"headless", meta(`{"http-dynamic-header":true}`, `head "X-A: 1\n"`),
		"headed", meta(`{"http-dynamic-header":true}`, `big 200000`),
		"hop", meta(`{"http-dynamic-header":true}`, `head "HTTP/1.1 302\nLocation: /x\n\n"`),
		"big", "big 200000",
		"mid", "big 20000",
		"image", meta(`{"http-header-Content-Type":"image/*, audio/wave"}`, `head "${http-qs-v}"`),
		"either", meta(`{"http-header-Content-Type":"image/*, application/json"}`, `head "${http-qs-v}"`),
		"png", meta(`{"http-header-Content-Type":"image/png"}`, `fail e.auth.account.noexists`),
		"fail", "fail ${http-qs-code}",
		"ajax", "fail ${http-qs-code} -ajax",
		"late", "fail e.io.obj.noexists 20",
		"panic", "panic",
		"slow", meta(`{"http-timeout":"20ms"}`, "wait"),
		"broken", "nope",
	)
	w.scenarios(t, []scenario{
		{name: "json", request: request{url: "/api/demo/json"}, status: 200, equals: "{\"a\":1}\n", has: []string{"Content-Type: application/json; charset=utf-8"}},
		{name: "list", request: request{url: "/api/demo/list"}, status: 200, has: []string{"Content-Type: application/json"}},
		{name: "null", request: request{url: "/api/demo/null"}, status: 200, has: []string{"Content-Type: application/json"}},
		{name: "text", request: request{url: "/api/demo/text"}, status: 200, has: []string{"Content-Type: text/plain; charset=utf-8"}},
		{name: "nothing", request: request{url: "/api/demo/nothing"}, status: 200, has: []string{"Content-Type: application/json"}},
		{name: "the seed's type", request: request{url: "/api/demo/seed"}, status: 200, has: []string{"Content-Type: text/json; charset=utf-8"}},
		{name: "headers", request: request{url: "/api/demo/html"}, status: 200, has: []string{"Content-Type: text/html; charset=utf-8", "X-A: 1", "X-A: 2", "Cache-Control: max-age=5"}, not: []string{"no-store"}},
		{name: "created", request: request{url: "/api/demo/created"}, status: 201, equals: "{}\n"},
		{name: "no content", request: request{url: "/api/demo/empty"}, status: 204, not: []string{"{}", "Content-Type: "}},
		{name: "redirect", request: request{url: "/api/demo/go?to=https://a.example/x?y=1"}, status: 302, has: []string{"Location: https://a.example/x?y=1\n"}},
		{name: "redirect to nowhere", request: request{url: "/api/demo/go?to="}, status: 400, has: []string{"e.api.location"}, not: []string{"Location"}},
		{name: "redirect that splits", request: request{url: "/api/demo/go?to=/a%0d%0aSet-Cookie:%20a=b"}, status: 400, not: []string{"Location", "Set-Cookie: a"}},
		{name: "redirect with NUL", request: request{url: "/api/demo/go?to=/a%00b"}, status: 400, not: []string{"Location"}},
		{name: "redirect, escaped", request: request{url: "/api/demo/moved"}, status: 301, has: []string{"Location: /%E4%B8%AD/a%20b"}},
		{name: "dynamic head", request: request{url: "/api/demo/head?v=1"}, status: 404, equals: "<p>1",
			has: []string{"X-A: 1", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Type: text/html; charset=utf-8"}, not: []string{"Transfer-Encoding", "Content-Length: 3", "X-Request-Id: me", "Access-Control"}},
		{name: "dynamic head, CRLF", request: request{url: "/api/demo/head2?v=x"}, status: 200, equals: "body", has: []string{"X-A: x"}},
		{name: "a head that begins a body", request: request{url: "/api/demo/head2?v=x%0d%0a%0d%0aSet-Cookie:a"}, status: 200, not: []string{"Set-Cookie: a"}},
		{name: "no head", request: request{url: "/api/demo/headless"}, status: 500, has: []string{"e.api.head", "requestId"}},
		{name: "never a head", request: request{url: "/api/demo/headed"}, status: 500, has: []string{"e.api.head"}},
		{name: "dynamic redirect", request: request{url: "/api/demo/hop"}, status: 302, has: []string{"Location: /x\n"}},
		{name: "middle", request: request{url: "/api/demo/mid"}, status: 200, has: []string{"Content-Length: 20000"}},
		{name: "big", request: request{url: "/api/demo/big"}, status: 200, not: []string{"Content-Length"}},
		{name: "family", request: request{url: "/api/demo/image?v=" + percent("\x89PNG\r\n\x1a\n")}, status: 200, has: []string{"Content-Type: image/png", "Etag: \""}},
		{name: "family, part", request: request{url: "/api/demo/image?v=" + percent("\x89PNG\r\n\x1a\n123"), header: []string{"Range: bytes=8-9"}}, status: 206, equals: "12"},
		{name: "not of the family", request: request{url: "/api/demo/image?v=" + percent("<html><script>")}, status: 200, has: []string{"Content-Type: application/octet-stream"}},
		{name: "picture or JSON", request: request{url: "/api/demo/either?v={}"}, status: 200, has: []string{"Content-Type: application/json; charset=utf-8"}},
		{name: "picture or JSON, neither", request: request{url: "/api/demo/either?v=<p>"}, status: 200, has: []string{"Content-Type: application/octet-stream"}},
		{name: "a picture that is not", request: request{url: "/api/demo/png"}, status: 404, has: []string{`"e.auth.account.noexists"`, "application/json"}},
		{name: "invalid", request: request{url: "/api/demo/fail?code=e.json"}, status: 200, has: []string{`{"ok":false,"errCode":"e.json","msg":"JSON 格式错误: a detail"}`}},
		{name: "forbidden", request: request{url: "/api/demo/fail?code=e.auth.nopvg"}, status: 403, has: []string{`"e.auth.nopvg"`}},
		{name: "unauthorized", request: request{url: "/api/demo/fail?code=e.auth.ticked.noexist"}, status: 200},
		{name: "internal", request: request{url: "/api/demo/fail?code=e.internal"}, status: 500, has: []string{`"e.internal"`, "requestId"}, not: []string{"a detail"}},
		{name: "busy", request: request{url: "/api/demo/fail?code=e.busy"}, status: 503, has: []string{"Retry-After: 2"}},
		{name: "ajax", request: request{url: "/api/demo/ajax?code=e.auth.nopvg"}, status: 200, has: []string{`"ok": false`, `"e.auth.nopvg"`}},
		{name: "ajax, internal", request: request{url: "/api/demo/ajax?code=e.internal"}, status: 500, has: []string{"requestId"}},
		{name: "late", request: request{url: "/api/demo/late"}, status: 200, has: []string{"e.io.obj.noexists"}, not: []string{"xxx"}},
		{name: "panic", request: request{url: "/api/demo/panic"}, status: 500, has: []string{"e.internal"}, not: []string{"secret", "goroutine"}},
		{name: "slow", request: request{url: "/api/demo/slow"}, status: 504, has: []string{"e.timeout"}},
		{name: "broken", request: request{url: "/api/demo/broken"}, status: 500, has: []string{"e.api.load", "requestId"}, not: []string{"nope"}},
		{name: "broken, any method", request: request{method: "PATCH", url: "/api/demo/broken"}, status: 500, has: []string{"e.api.load"}},
	})
	if _, body := w.get("/api/demo/big"); len(body) != 200000 {
		t.Errorf("%d bytes of 200000", len(body))
	}
	first := w.do(request{url: "/api/demo/image?v=a"}).Header.Get("Etag")
	if res := w.do(request{url: "/api/demo/image?v=a", header: []string{"If-None-Match: " + first}}); res.StatusCode != 304 {
		t.Errorf("known picture: %d", res.StatusCode)
	}
}

// TestBrokenOffAnswerIsSeenAsSuch fails a script when half of its output is
// with the client already.
func TestBrokenOffAnswerIsSeenAsSuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("late", "fail e.io.obj.noexists 100000")
	srv := httptest.NewServer(w.h)
	defer srv.Close()
	res, err := http.Get(srv.URL + "/api/demo/late")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Errorf("%d bytes looked like a whole answer", n)
	}
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"small", meta(`{"http-body-max":"1K"}`, "cat id:${id}"),
		"ajax", meta(`{"http-body-max":"1K"}`, "cat id:${id} | cat"),
		"large", "cat id:${id}",
	)
	srv := httptest.NewServer(w.h)
	defer srv.Close()
	post := func(name string, body io.Reader) (*http.Response, string) {
		t.Helper()
		res, err := http.Post(srv.URL+"/api/demo/"+name, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res, bodyOf(res)
	}
	if res, body := post("small", strings.NewReader(strings.Repeat("x", 1024))); res.StatusCode != 200 || len(body) != 1024 {
		t.Errorf("at the limit: %d %.80q", res.StatusCode, body)
	}
	for name, body := range map[string]io.Reader{
		"small": strings.NewReader(strings.Repeat("x", 1025)),
		"ajax":  struct{ io.Reader }{strings.NewReader(strings.Repeat("x", 1025))}, // chunked
	} {
		if res, body := post(name, body); res.StatusCode != 413 || !strings.Contains(body, "e.api.body.toolarge") {
			t.Errorf("%s over the limit: %d %.80q", name, res.StatusCode, body)
		}
	}
	large := strings.Repeat("0123456789abcdef", 100_000)
	if res, body := post("large", strings.NewReader(large)); res.StatusCode != 200 || body != large {
		t.Errorf("body on disk: %d, %d bytes", res.StatusCode, len(body))
	}
	left, err := os.ReadDir(filepath.Join(w.root.Dir(), ".carya", "tmp", "demo"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestTooManyAtOnceIs503 holds one slow script and asks for a second.
func TestTooManyAtOnceIs503(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Running, o.Wait = 1, time.Millisecond })
	w.api("slow", meta(`{"http-timeout":"5s"}`, "wait"), "quick", "echo")
	r := request{url: "/api/demo/slow"}.make()
	ctx, cancel := contextWithCancel(r)
	done := make(chan struct{})
	go func() { defer close(done); w.h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx)) }()
	for w.h.Running() == 0 {
		time.Sleep(time.Millisecond)
	}
	res := w.do(request{url: "/api/demo/quick"})
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	cancel()
	<-done
	if status, _ := w.get("/api/demo/quick"); status != 200 {
		t.Errorf("afterwards %d", status)
	}
}

// TestSlowBodyEndsWithTheScript sends the head of a request and never its body.
func TestSlowBodyEndsWithTheScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("body", meta(`{"http-timeout":"50ms"}`, "cat id:${id}"))
	srv := httptest.NewServer(w.h)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /api/demo/body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body := bodyOf(res); res.StatusCode != 504 || !strings.Contains(body, "e.timeout") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
