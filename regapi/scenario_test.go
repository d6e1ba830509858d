package regapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// scenario is a declared call: what is asked, and what must come.
type scenario struct {
	name string
	request
	status int
	has    []string // in the body, or as "Header: value"
	not    []string // nowhere in body and headers
	equals string   // the whole body, unless ""
}

func (w *world) scenarios(t *testing.T, list []scenario) {
	t.Helper()
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Helper()
			for _, wrong := range s.wrong(w.do(s.request)) {
				t.Error(wrong)
			}
		})
	}
}

// wrong tells where an answer is not what must come.
func (s *scenario) wrong(res *http.Response) (out []string) {
	body := bodyOf(res)
	var all strings.Builder
	for k, vs := range res.Header {
		for _, v := range vs {
			all.WriteString(k + ": " + v + "\n")
		}
	}
	all.WriteString("\n" + body)
	if res.StatusCode != s.status {
		out = append(out, fmt.Sprintf("status %d, want %d\n%s", res.StatusCode, s.status, all.String()))
	}
	if s.equals != "" && body != s.equals {
		out = append(out, fmt.Sprintf("body %q, want %q", body, s.equals))
	}
	for _, want := range s.has {
		if !strings.Contains(all.String(), want) {
			out = append(out, fmt.Sprintf("no %q in\n%s", want, all.String()))
		}
	}
	for _, bad := range s.not {
		if strings.Contains(all.String(), bad) {
			out = append(out, fmt.Sprintf("%q in\n%s", bad, all.String()))
		}
	}
	return out
}

const plain = "echo -n "

func TestRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"site", plain+"site",
		"auth/site", plain+"auth-site",
		"auth/_action", plain+"auth",
		"user/_get", plain+"user-get",
		"user/_post", plain+"user-post",
		"user/_action", "{\"http-methods\":\"PUT\"}\n%COPY:\n"+plain+"user-put\n%END%\n",
		"shop/_ANY/.meta.json", `{"api-param-name":"shop"}`,
		"shop/_ANY/item", plain+"item ${params.shop}",
		"shop/_ANY/_action", plain+"shop ${params.shop} ${args}",
		"shop/main/item", plain+"main-item",
		"shop/main/_ANY", "{\"api-param-name\":\"rest\"}\n%COPY:\n"+plain+"rest ${params.rest} ${args}\n%END%\n",
		"files/_ANY", plain+"${args}",
		"only", "{\"http-methods\":[\"post\"]}\n%COPY:\n"+plain+"only\n%END%\n",
		"backup~", plain+"leak", ".hidden", plain+"leak", "x.swp", plain+"leak", "#x#", plain+"leak", "4913", plain+"leak", "y.tmp", plain+"leak",
		"名字", plain+"中文",
	)
	w.file(".regapi/oauth2/auth", plain+"oauth")
	w.file(".regapi/test/one", plain+"leak")
	w.domain("other")
	w.file("other:.regapi/api/own", plain+"own")
	w.scenarios(t, []scenario{
		{name: "literal", request: request{url: "/api/demo/site"}, status: 200, equals: "site", has: []string{"X-Content-Type-Options: nosniff", "Cache-Control: no-store", "X-Request-Id: ", "Content-Type: text/plain; charset=utf-8"}},
		{name: "slash at the end", request: request{url: "/api/demo/site/"}, status: 200, equals: "site"},
		{name: "two slashes", request: request{url: "/api/demo//site"}, status: 404},
		{name: "deeper", request: request{url: "/api/demo/auth/site?x=1"}, status: 200, equals: "auth-site"},
		{name: "action", request: request{url: "/api/demo/auth"}, status: 200, equals: "auth"},
		{name: "below an action", request: request{url: "/api/demo/auth/nothing"}, status: 404, has: []string{`"errCode":"e.api.noexists"`, `"requestId":"`, `"ok":false`, "接口不存在"}},
		{name: "in English", request: request{url: "/api/demo/nothing", header: []string{"Accept-Language: de, en;q=0.8, zh;q=0.1"}}, status: 404, has: []string{"no such endpoint"}},
		{name: "get file", request: request{url: "/api/demo/user"}, status: 200, equals: "user-get"},
		{name: "head", request: request{method: "HEAD", url: "/api/demo/user"}, status: 200},
		{name: "post file", request: request{method: "POST", url: "/api/demo/user"}, status: 200, equals: "user-post"},
		{name: "the action has the rest", request: request{method: "PUT", url: "/api/demo/user"}, status: 200, equals: "user-put"},
		{name: "no method", request: request{method: "DELETE", url: "/api/demo/user"}, status: 405, has: []string{"Allow: GET, HEAD, POST, PUT, OPTIONS", "e.api.method"}},
		{name: "odd method", request: request{method: "BREW", url: "/api/demo/user"}, status: 405},
		{name: "trace", request: request{method: "TRACE", url: "/api/demo/site"}, status: 405},
		{name: "options", request: request{method: "OPTIONS", url: "/api/demo/user"}, status: 204, has: []string{"Allow: GET, HEAD, POST, PUT, OPTIONS"}},
		{name: "http-methods", request: request{url: "/api/demo/only"}, status: 405, has: []string{"Allow: POST, OPTIONS"}},
		{name: "http-methods fits", request: request{method: "POST", url: "/api/demo/only"}, status: 200, equals: "only"},
		{name: "any directory", request: request{url: "/api/demo/shop/x%2Fy%20z/item"}, status: 200, equals: "item x/y z"},
		{name: "any directory's action", request: request{url: "/api/demo/shop/%E4%B8%AD"}, status: 200, equals: `shop 中 ["中"]`},
		{name: "literal first", request: request{url: "/api/demo/shop/main/item"}, status: 200, equals: "main-item"},
		{name: "rest", request: request{url: "/api/demo/shop/main/a/b%2Fc"}, status: 200, equals: `rest a/b/c ["a","b/c"]`},
		{name: "any needs a segment", request: request{url: "/api/demo/shop//item"}, status: 404},
		{name: "file any", request: request{url: "/api/demo/files/a/../b"}, status: 200, equals: `["a","..","b"]`},
		{name: "escaped literal", request: request{url: "/api/demo/%E5%90%8D%E5%AD%97"}, status: 200, equals: "中文"},
		{name: "other first segment", request: request{url: "/oauth2/demo/auth"}, status: 200, equals: "oauth"},
		{name: "tests are no endpoints", request: request{url: "/test/demo/one"}, status: 404, not: []string{"leak"}},
		{name: "backup", request: request{url: "/api/demo/backup~"}, status: 404, not: []string{"leak"}},
		{name: "hidden", request: request{url: "/api/demo/.hidden"}, status: 404, not: []string{"leak"}},
		{name: "swap", request: request{url: "/api/demo/x.swp"}, status: 404, not: []string{"leak"}},
		{name: "emacs", request: request{url: "/api/demo/%23x%23"}, status: 404, not: []string{"leak"}},
		{name: "vim's probe", request: request{url: "/api/demo/4913"}, status: 404, not: []string{"leak"}},
		{name: "temporary", request: request{url: "/api/demo/y.tmp"}, status: 404, not: []string{"leak"}},
		{name: "metadata", request: request{url: "/api/demo/shop/_ANY/.meta.json"}, status: 404},
		{name: "names of files are no addresses", request: request{method: "PATCH", url: "/api/demo/user/_get"}, status: 404},
		{name: "unknown domain", request: request{url: "/api/nowhere/site"}, status: 404, has: []string{"e.api.noexists"}},
		{name: "bad domain", request: request{url: "/api/../site"}, status: 404},
		{name: "domain in disguise", request: request{url: "/api/%2e%2e%2fdemo/site"}, status: 404},
		{name: "server's folder", request: request{url: "/api/.carya/site"}, status: 404},
		{name: "other's endpoint", request: request{url: "/api/demo/own"}, status: 404},
		{name: "own endpoint", request: request{url: "/api/other/own"}, status: 200, equals: "own"},
		{name: "root", request: request{url: "/"}, status: 404},
	})
}
