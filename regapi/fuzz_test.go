package regapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzAnyRequestIsAnsweredAndNothingHiddenLeaks sends any method, path, query
// and body to a domain whose hidden files all hold one word.
func FuzzAnyRequestIsAnsweredAndNothingHiddenLeaks(f *testing.F) {
	w := newWorld(f)
	w.file(".domain/domain.json", `{"owner":"LEAK"}`)
	w.grant("demo", "host", "demo.example")
	w.file("secret.txt", "LEAK")
	w.file("www/index.html", "home")
	w.file("www/.hidden", "LEAK")
	w.file("www/set/thing.json", `{"LEAK":1}`)
	w.file("www/set/index/a.json", `{"LEAK":1}`)
	w.file(".regapi/x.LEAK", "echo")
	w.api("a", "echo ${http-qs-a} ${http-uri} ${args}", "b/_ANY/c", "echo ${args}", "b/_ANY/.meta.json", `{"api-param-name":"LEAK"}`,
		"d/_ANY", "form", "e", meta(`{"http-resp-code":302}`, "echo ${http-qs-a}"), "go", meta(`{"http-dynamic-header":true}`, "onehead ${http-qs-a}"))
	for _, seed := range []string{"/api/demo/a", "/api/demo/b/x%2fy/c", "/api/demo/d/../..", "/www/demo/%2e%2e/secret.txt", "/www/demo/set/index/a.json", "/a", "//", "/api/demo/e", "/api/demo/go", "/www/demo/..\\secret.txt", "/.domain/domain.json"} {
		f.Add("GET", seed, "a=1&a=%zz", "a=b", "application/x-www-form-urlencoded", true)
		f.Add("POST", seed, "a=%0d%0aSet-Cookie:x", `{"a":[{}]}`, "application/json", false)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body, kind string, own bool) {
		if strings.Contains(path+query+body, "LEAK") || !isToken(method) {
			return
		}
		u, err := url.ParseRequestURI("/" + strings.TrimPrefix(path, "/") + "?" + query)
		if err != nil {
			return
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Content-Type", kind)
		if own {
			r.Host = "demo.example"
		}
		rec := httptest.NewRecorder()
		w.h.ServeHTTP(rec, r)
		res := rec.Result()
		if res.StatusCode < 200 || res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("status %d", res.StatusCode)
		}
		if strings.Contains(rec.Body.String(), "LEAK") {
			t.Errorf("leaked: %s", rec.Body)
		}
		for name, values := range res.Header {
			for _, v := range values {
				if !isToken(name) || !isHeaderValue(v) || name == "Set-Cookie" {
					t.Errorf("header %q: %q", name, v)
				}
			}
		}
	})
}
