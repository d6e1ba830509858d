package regapi

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	w.file("www/index.html", "<p>home")
	w.file("www/app.js", "let a")
	w.file("www/名 字.txt", "text")
	w.file("www/shop/index.html", "<p>shop")
	w.file("www/shop/.secret", "leak")
	w.file("www/shop/page.html~", "leak")
	w.file("www/empty/x.txt", "x")
	w.file("www/.meta.json", `{"title":"leak"}`)
	w.file("www/.app.js.meta.json", `{"title":"leak"}`)
	w.file("www/orders/thing.json", `{}`)
	w.file("www/orders/index/a.json", "leak")
	w.file("secret.txt", "leak")
	w.file(".regapi/api/x", plain+"x")
	w.file(".regapi/oauth2/auth", plain+"auth")
	w.file("other:www/index.html", "leak")
	link(t, w, "../secret.txt", "www/inside.txt")
	link(t, w, "../../other/www/index.html", "www/outside.txt")
	link(t, w, "/etc/passwd", "www/passwd")
	own := "demo.example"
	w.scenarios(t, []scenario{
		{name: "home", request: request{url: "/www/demo/"}, status: 200, equals: "<p>home", has: []string{"Content-Type: text/html; charset=utf-8", "X-Content-Type-Options: nosniff", "Etag: ", "Cache-Control: no-cache", "Last-Modified"}},
		{name: "home without slash", request: request{url: "/www/demo?x=1"}, status: 308, has: []string{"Location: /www/demo/?x=1\n"}},
		{name: "file", request: request{url: "/www/demo/app.js"}, status: 200, has: []string{"Content-Type: text/javascript; charset=utf-8"}},
		{name: "file with odd name", request: request{url: "/www/demo/%E5%90%8D%20%E5%AD%97.txt"}, status: 200, equals: "text"},
		{name: "part", request: request{url: "/www/demo/app.js", header: []string{"Range: bytes=1-2"}}, status: 206, equals: "et"},
		{name: "head", request: request{method: "HEAD", url: "/www/demo/app.js"}, status: 200, has: []string{"Content-Length: 5"}},
		{name: "folder", request: request{url: "/www/demo/shop"}, status: 308, has: []string{"Location: /www/demo/shop/\n"}},
		{name: "folder's index", request: request{url: "/www/demo/shop/"}, status: 200, equals: "<p>shop"},
		{name: "file with slash", request: request{url: "/www/demo/app.js/"}, status: 404},
		{name: "no listing", request: request{url: "/www/demo/empty/"}, status: 404, not: []string{"x.txt"}},
		{name: "missing", request: request{url: "/www/demo/nothing", header: []string{"Accept-Language: en"}}, status: 404, equals: "404 no such page\n"},
		{name: "post", request: request{method: "POST", url: "/www/demo/app.js"}, status: 405, has: []string{"Allow: GET, HEAD, OPTIONS"}},
		{name: "dot file", request: request{url: "/www/demo/shop/.secret"}, status: 404, not: []string{"leak"}},
		{name: "metadata", request: request{url: "/www/demo/.meta.json"}, status: 404, not: []string{"leak"}},
		{name: "a file's metadata", request: request{url: "/www/demo/.app.js.meta.json"}, status: 404, not: []string{"leak"}},
		{name: "backup", request: request{url: "/www/demo/shop/page.html~"}, status: 404, not: []string{"leak"}},
		{name: "thing.json", request: request{url: "/www/demo/orders/thing.json"}, status: 404},
		{name: "records", request: request{url: "/www/demo/orders/index/a.json"}, status: 404, not: []string{"leak"}},
		{name: "climb", request: request{url: "/www/demo/../secret.txt"}, status: 404, not: []string{"leak"}},
		{name: "climb, encoded", request: request{url: "/www/demo/%2e%2e/secret.txt"}, status: 404, not: []string{"leak"}},
		{name: "climb, slash encoded", request: request{url: "/www/demo/..%2fsecret.txt"}, status: 404, not: []string{"leak"}},
		{name: "climb, twice encoded", request: request{url: "/www/demo/%252e%252e%252fsecret.txt"}, status: 404, not: []string{"leak"}},
		{name: "climb, backslash", request: request{url: "/www/demo/..%5csecret.txt"}, status: 404, not: []string{"leak"}},
		{name: "absolute", request: request{url: "/www/demo//etc/passwd"}, status: 404},
		{name: "NUL", request: request{url: "/www/demo/app.js%00.html"}, status: 404},
		{name: "encoded slash", request: request{url: "/www/demo/shop%2findex.html"}, status: 404},
		{name: "tilde", request: request{url: "/www/demo/~/secret.txt"}, status: 404, not: []string{"leak"}},
		{name: "id", request: request{url: "/www/demo/id:abc"}, status: 404},
		{name: "link to the outside", request: request{url: "/www/demo/outside.txt"}, status: 404, not: []string{"leak"}},
		{name: "link to the machine", request: request{url: "/www/demo/passwd"}, status: 404, not: []string{"root:"}},
		{name: "own host", request: request{url: "/", host: own}, status: 200, equals: "<p>home"},
		{name: "own host, file", request: request{url: "/app.js", host: own}, status: 200},
		{name: "own host, folder", request: request{url: "/shop", host: own}, status: 308, has: []string{"Location: /shop/\n"}},
		{name: "own host, no open redirect", request: request{url: "//shop", host: own}, status: 404},
		{name: "own host, full address", request: request{url: "/www/demo/app.js", host: own}, status: 200},
		{name: "own host, endpoint", request: request{url: "/api/x", host: own}, status: 200, equals: "x"},
		{name: "own host, endpoint with the domain's name", request: request{url: "/api/demo/x", host: own}, status: 200, equals: "x"},
		{name: "own host, no endpoint", request: request{url: "/api/y", host: own}, status: 404, has: []string{"e.api.noexists"}},
		{name: "own host, other first segment", request: request{url: "/oauth2/auth", host: own}, status: 200, equals: "auth"},
		{name: "own host, none of those", request: request{url: "/oauth2/none", host: own}, status: 404, has: []string{"e.api.noexists"}},
		{name: "own host, another domain", request: request{url: "/www/other/", host: own}, status: 404, not: []string{"leak"}},
		{name: "own host, another domain's endpoint", request: request{url: "/api/other/x", host: own}, status: 404},
		{name: "own host, hidden", request: request{url: "/.domain/domain.json", host: own}, status: 404},
	})
	res := w.do(request{url: "/www/demo/app.js"})
	for _, h := range []string{"If-None-Match: " + res.Header.Get("Etag"), "If-Modified-Since: " + res.Header.Get("Last-Modified")} {
		if res := w.do(request{url: "/www/demo/app.js", header: []string{h}}); res.StatusCode != 304 {
			t.Errorf("%s: %d", h, res.StatusCode)
		}
	}
}

func link(t *testing.T, w *world, target, path string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(w.root.Dir(), w.rel(path))); err != nil {
		t.Fatal(err)
	}
}

// TestPagesOfSharedHostsAreFencedIn asks for pages of roots with one domain,
// with two of one owner, and with two of different or unknown ones.
func TestPagesOfSharedHostsAreFencedIn(t *testing.T) {
	t.Parallel()
	const fence = "Content-Security-Policy: sandbox allow-scripts allow-forms allow-popups"
	for name, c := range map[string]struct {
		demo, other string
		fenced      bool
	}{
		"alone":          {"", "-", false},
		"same owner":     {"a", "a", false},
		"two owners":     {"a", "b", true},
		"no owners":      {"", "", true},
		"one unknown":    {"a", "", true},
		"another's word": {"", "says that a is its owner", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.file("www/index.html", "<p>")
			w.api("html", meta(`{"http-header-Content-Type":"text/html"}`, "echo '<p>'"), "json", "echo '{}'")
			w.grant("demo", "host", "demo.example")
			if c.other != "-" {
				w.domain("other")
			}
			for name, owner := range map[string]string{"demo": c.demo, "other": c.other} {
				switch owner {
				case "", "-":
				case "says that a is its owner": // what domains say of themselves
					w.file(".domain/domain.json", `{"owner":"a"}`)
					w.file("other:.domain/domain.json", `{"owner":"a"}`)
				default:
					w.grant(name, "owner", owner)
				}
			}
			var has, not []string
			if has = []string{fence}; !c.fenced {
				has, not = nil, []string{"sandbox"}
			}
			w.scenarios(t, []scenario{
				{name: "page", request: request{url: "/www/demo/"}, status: 200, has: has, not: not},
				{name: "endpoint that answers a page", request: request{url: "/api/demo/html"}, status: 200, has: has, not: not},
				{name: "JSON", request: request{url: "/api/demo/json"}, status: 200, not: []string{"Content-Security-Policy"}},
				{name: "own host", request: request{url: "/", host: "demo.example"}, status: 200, not: []string{"sandbox"}},
			})
		})
	}
}
