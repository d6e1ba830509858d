package regapi

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
)

func contextWithCancel(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithCancel(r.Context())
}

func TestGuards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"auth", meta(`{"http-www-auth":true}`, "me"),
		"all", meta(`{"pvg-assert":["read.a","read.b"]}`, "me"),
		"both", meta(`{"pvg-assert":["read.a","write.b"]}`, "me"),
		"any", meta(`{"pvg-assert":"write.b|read.a"}`, "me"),
		"mixed", meta(`{"pvg-assert":["read.a","write.b|write.c"]}`, "me"),
		"token", meta(`{"api-access-token":["open sesame","~/.domain/token"]}`, "me"),
		"folder/.meta.json", `{"http-www-auth":true, "http-header-X-Folder":"1", "id":"x", "title": 5}`,
		"folder/in", "me",
		"folder/out", meta(`{"http-www-auth":false}`, "me"),
		"folder/side", meta(`{"http-header-x-folder":"3"}`, "me"), "folder/.side.meta.json", `{"http-www-auth":false,"http-header-X-Folder":"2"}`,
		"header", meta(`{"http-www-ticket":["header:X-Ticket","query:t"]}`, "me"),
	)
	w.file(".domain/token", "from a file\n")
	w.scenarios(t, []scenario{
		{name: "nobody", request: request{url: "/api/demo/auth"}, status: 403, has: []string{`"e.www.api.auth.nologin"`, `"requestId"`}},
		{name: "unknown", request: request{url: "/api/demo/auth?ticket=x"}, status: 403, has: []string{`"e.auth.ticked.noexist"`}},
		{name: "somebody", request: request{url: "/api/demo/auth?ticket=T-bai"}, status: 200, has: []string{"bai"}},
		{name: "head, too", request: request{method: "HEAD", url: "/api/demo/auth"}, status: 403},
		{name: "server down", request: request{url: "/api/demo/auth?ticket=T-down"}, status: 500},
		{name: "all, nobody", request: request{url: "/api/demo/all"}, status: 403, has: []string{"nologin"}},
		{name: "all", request: request{url: "/api/demo/all?ticket=T-bai"}, status: 200},
		{name: "one missing", request: request{url: "/api/demo/both?ticket=T-bai"}, status: 403, has: []string{`"e.auth.nopvg"`}},
		{name: "admin", request: request{url: "/api/demo/both?ticket=T-admin"}, status: 200},
		{name: "any", request: request{url: "/api/demo/any?ticket=T-bai"}, status: 200},
		{name: "mixed", request: request{url: "/api/demo/mixed?ticket=T-bai"}, status: 403},
		{name: "no token", request: request{url: "/api/demo/token"}, status: 403, has: []string{`"e.api.token"`}},
		{name: "wrong token", request: request{url: "/api/demo/token", header: []string{"Authorization: Bearer open"}}, status: 403},
		{name: "token", request: request{url: "/api/demo/token", header: []string{"Authorization: Bearer open sesame"}}, status: 200, has: []string{"nobody"}},
		{name: "token in a header", request: request{url: "/api/demo/token", header: []string{"X-Access-Token: open sesame"}}, status: 200},
		{name: "token of a file", request: request{url: "/api/demo/token?access_token=from+a+file"}, status: 200},
		{name: "the folder's guard", request: request{url: "/api/demo/folder/in"}, status: 403},
		{name: "the folder's header", request: request{url: "/api/demo/folder/in?ticket=T-a"}, status: 200, has: []string{"X-Folder: 1"}},
		{name: "the file's own", request: request{url: "/api/demo/folder/out"}, status: 200},
		{name: "the file beats the one beside it", request: request{url: "/api/demo/folder/side"}, status: 200, has: []string{"X-Folder: 3"}, not: []string{"X-Folder: 2"}},
		{name: "ticket in a header", request: request{url: "/api/demo/header?t=x", header: []string{"X-Ticket: T-bai"}}, status: 200, has: []string{"bai"}},
		{name: "ticket elsewhere", request: request{url: "/api/demo/header?t=T-bai&ticket=T-no"}, status: 200, has: []string{"bai"}},
		{name: "ticket in the wrong place", request: request{url: "/api/demo/header?ticket=T-bai"}, status: 200, has: []string{"nobody"}},
	})
}

func TestCookiesAuthenticateOnOwnHostsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	w.api(
		"me", meta(`{"http-www-ticket":["ticket","cookie:TICKET"]}`, "me"),
		"copy", meta(`{"copy-cookie":{"TICKET":"ticket","LANG":"lang"}}`, plain+"${http-qs-ticket?none} ${http-qs-lang?none}"),
		"cross", meta(`{"http-www-ticket":"cookie:TICKET","http-cross-origin":"https://friend.example"}`, "me"),
		"reads", "echo ${http-cookie-TICKET?none}",
	)
	cookie := "Cookie: TICKET=T-bai; LANG=en"
	foreign, friend := "Origin: https://evil.example", "Origin: https://friend.example"
	own := "demo.example"
	w.scenarios(t, []scenario{
		{name: "own host", request: request{url: "/api/me", host: own + ":8080", header: []string{cookie}}, status: 200, has: []string{"bai"}},
		{name: "own host, with the domain's name", request: request{url: "/api/demo/me", host: own, header: []string{cookie}}, status: 200, has: []string{"bai"}},
		{name: "shared host", request: request{url: "/api/demo/me", header: []string{cookie}}, status: 200, equals: "nobody"},
		{name: "the parameter first", request: request{url: "/api/me?ticket=T-eve", host: own, header: []string{cookie}}, status: 200, has: []string{"eve"}},
		{name: "copy", request: request{url: "/api/copy", host: own, header: []string{cookie}}, status: 200, equals: "T-bai en"},
		{name: "copy stands in only", request: request{url: "/api/copy?LANG=zh", host: own, header: []string{cookie}}, status: 200, equals: "T-bai zh"},
		{name: "no copy on a shared host", request: request{url: "/api/demo/copy", header: []string{cookie}}, status: 200, equals: "none none"},
		{name: "write from a foreign page", request: request{method: "POST", url: "/api/me", host: own, header: []string{cookie, foreign}}, status: 403, has: []string{"e.api.origin"}},
		{name: "write, by the browser's word", request: request{method: "POST", url: "/api/copy", host: own, header: []string{cookie, "Sec-Fetch-Site: cross-site"}}, status: 403},
		{name: "write of a script that reads cookies", request: request{method: "POST", url: "/api/reads", host: own, header: []string{cookie, foreign}}, status: 403},
		{name: "write from the own page", request: request{method: "POST", url: "/api/me", host: own, header: []string{cookie, "Origin: http://demo.example"}}, status: 200},
		{name: "write from a friend", request: request{method: "POST", url: "/api/cross", host: own, header: []string{cookie, friend}}, status: 200, has: []string{"bai", "Access-Control-Allow-Credentials: true"}},
		{name: "write without cookies", request: request{method: "POST", url: "/api/me?ticket=T-bai", host: own, header: []string{foreign}}, status: 200},
		{name: "read from a foreign page", request: request{url: "/api/me", host: own, header: []string{cookie, foreign}}, status: 200, not: []string{"Access-Control"}},
	})
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"closed", "echo",
		"open", meta(`{"http-cross-origin":"*"}`, "echo"),
		"some", meta(`{"http-cross-origin":["https://a.example","http://b.example:81"],"http-methods":"GET,PUT"}`, "echo"),
	)
	a := "Origin: https://a.example"
	pre := []string{a, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-one, bad name, X-Two"}
	w.scenarios(t, []scenario{
		{name: "closed", request: request{url: "/api/demo/closed", header: []string{a}}, status: 200, not: []string{"Access-Control"}},
		{name: "closed, preflight", request: request{method: "OPTIONS", url: "/api/demo/closed", header: pre}, status: 204, not: []string{"Access-Control"}},
		{name: "open", request: request{url: "/api/demo/open", header: []string{a}}, status: 200, has: []string{"Access-Control-Allow-Origin: *", "Vary: Origin"}, not: []string{"Credentials"}},
		{name: "open, errors too", request: request{url: "/api/demo/open?x", header: []string{a}}, status: 200, has: []string{"Access-Control-Expose-Headers"}},
		{name: "listed", request: request{url: "/api/demo/some", header: []string{a}}, status: 200, has: []string{"Access-Control-Allow-Origin: https://a.example", "Access-Control-Allow-Credentials: true"}},
		{name: "listed, second", request: request{url: "/api/demo/some", header: []string{"Origin: http://b.example:81"}}, status: 200, has: []string{"Allow-Origin: http://b.example:81"}},
		{name: "not listed", request: request{url: "/api/demo/some", header: []string{"Origin: https://a.example.evil"}}, status: 200, has: []string{"Vary: Origin"}, not: []string{"Access-Control"}},
		{name: "null", request: request{url: "/api/demo/some", header: []string{"Origin: null"}}, status: 200, not: []string{"Access-Control"}},
		{name: "preflight", request: request{method: "OPTIONS", url: "/api/demo/some", header: pre}, status: 204, has: []string{"Access-Control-Allow-Methods: GET, HEAD, PUT, OPTIONS", "Access-Control-Allow-Headers: x-one, X-Two", "Access-Control-Max-Age"}},
		{name: "preflight, method not taken", request: request{method: "OPTIONS", url: "/api/demo/some", header: []string{a, "Access-Control-Request-Method: POST"}}, status: 204, not: []string{"Access-Control-Allow-Methods"}},
	})
}

// TestNoSecretReachesTheLog calls with secrets in every place and reads the
// whole log.
func TestNoSecretReachesTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("fail", "fail e.internal", "panic", "panic", "ok", "echo")
	for _, name := range []string{"fail", "panic", "ok", "none"} {
		w.do(request{method: "POST", url: "/api/demo/" + name + "?passwd=s3cret1&TICKET=s3cret2&vcode=s3cret3&captcha=s3cret4&%74icket=s3cret5&new%50wd=s3cret6&name=shown",
			body:   "passwd=s3cret7",
			header: []string{"Authorization: Bearer s3cret8", "Cookie: a=s3cret9", "Content-Type: application/x-www-form-urlencoded"}})
	}
	log := w.log.String()
	if strings.Contains(log, "s3cret") {
		t.Errorf("a secret stands in the log:\n%s", log)
	}
	for _, want := range []string{"name=shown", "passwd=***", "TICKET=***", "api=api/ok", "status=500"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in the log:\n%s", want, log)
		}
	}
}

func TestForwardedAddressCountsFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		proxies []string
		xff     []string
		want    string
	}{
		"no proxy":      {nil, []string{"1.2.3.4"}, "192.0.2.1 http"},
		"proxy":         {[]string{"192.0.2.0/24"}, []string{"1.2.3.4"}, "1.2.3.4 https"},
		"chain":         {[]string{"192.0.2.0/24", "10.0.0.0/8"}, []string{"6.6.6.6, 1.2.3.4, 10.1.1.1"}, "1.2.3.4 https"},
		"two headers":   {[]string{"192.0.2.0/24"}, []string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4 https"},
		"rubbish":       {[]string{"192.0.2.0/24"}, []string{"<script>"}, "192.0.2.1 https"},
		"not of a list": {[]string{"10.0.0.0/8"}, []string{"1.2.3.4"}, "192.0.2.1 http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *Options) { o.Proxies = prefixes(t, c.proxies) })
			w.api("addr", plain+"${http-remote} ${http-url}")
			q := request{url: "/api/demo/addr", header: []string{"X-Forwarded-Proto: https"}}
			for _, x := range c.xff {
				q.header = append(q.header, "X-Forwarded-For: "+x)
			}
			if got := bodyOf(w.do(q)); !strings.HasPrefix(got, c.want+"://") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTempDirIsMadeOnFirstUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/a/b"
	w := newWorld(t, func(o *Options) { o.TempDir = dir })
	w.api("x", "cat id:${id}")
	w.do(request{method: "POST", url: "/api/demo/x", body: strings.Repeat("x", bodyMemory+1)})
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
