package regapi

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	w.api(
		"plain", "count",
		"kept", meta(`{"cache-test":true,"http-header-X-A":"1","http-header-Content-Type":"text/html"}`, "count"),
		"some", meta(`{"cache-test":"[?&]keep="}`, "count"),
		"short", meta(`{"cache-test":true,"cache-duration":"1ms"}`, "count"),
		"fails", meta(`{"cache-test":true}`, "count | fail e.json"),
		"cookie", meta(`{"cache-test":true,"http-dynamic-header":true}`, `head "Set-Cookie: a=b\n\n" ; count`),
	)
	ask := func(q request) string {
		t.Helper()
		res := w.do(q)
		if res.StatusCode != 200 {
			t.Errorf("%s answers %d", q.url, res.StatusCode)
		}
		return bodyOf(res)
	}
	first := ask(request{url: "/api/demo/kept"})
	for _, c := range []struct {
		name string
		request
		again bool // the same answer as the first
	}{
		{"asked again", request{url: "/api/demo/kept"}, true},
		{"asked again by head", request{url: "/api/demo/kept", method: "GET", header: []string{"Accept-Language: zh"}}, true},
		{"another query", request{url: "/api/demo/kept?x=1"}, false},
		{"another language", request{url: "/api/demo/kept", header: []string{"Accept-Language: en"}}, false},
		{"another host", request{url: "/api/demo/kept", host: "other.example"}, false},
		{"a post", request{method: "POST", url: "/api/demo/kept"}, false},
		{"with a ticket", request{url: "/api/demo/kept?ticket=T-a"}, false},
		{"with a header", request{url: "/api/demo/kept", header: []string{"Authorization: Bearer T-a"}}, false},
		{"with a cookie", request{url: "/api/demo/kept", header: []string{"Cookie: a=b"}}, false},
	} {
		if got := ask(c.request); (got == first) != c.again {
			t.Errorf("%s: %q after %q", c.name, got, first)
		}
	}
	res := w.do(request{url: "/api/demo/kept"})
	if res.Header.Get("X-A") != "1" || res.Header.Get("Age") != "0" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("headers %v", res.Header)
	}
	for url, again := range map[string]bool{"/api/demo/plain": false, "/api/demo/some": false, "/api/demo/some?keep=1": true, "/api/demo/cookie": false} {
		if a, b := ask(request{url: url}), ask(request{url: url}); (a == b) != again {
			t.Errorf("%s: %q, %q", url, a, b)
		}
	}
	a := ask(request{url: "/api/demo/short"})
	time.Sleep(2 * time.Millisecond)
	if b := ask(request{url: "/api/demo/short"}); a == b {
		t.Errorf("an expired answer: %q", b)
	}
	n := w.runs.Load()
	ask(request{url: "/api/demo/fails"})
	ask(request{url: "/api/demo/fails"})
	if w.runs.Load() != n+2 {
		t.Error("an error was kept")
	}
	w.api("kept", meta(`{"cache-test":true}`, "echo new"))
	w.until("/api/demo/kept", 200, "new")
}

func TestLazyCacheAnswersAtOnceAndRenews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("lazy", meta(`{"cache-test":true,"cache-lazy":true,"cache-duration":"1ms"}`, "count"))
	_, first := w.get("/api/demo/lazy")
	time.Sleep(2 * time.Millisecond)
	if _, again := w.get("/api/demo/lazy"); again != first {
		t.Errorf("the expired answer %q is not sent once more: %q", first, again)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, later := w.get("/api/demo/lazy"); later != first {
			return
		}
	}
	t.Error("the answer is never renewed")
}

func TestCacheAsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	old := "www/kept/" + strings.Repeat("ab", 16) + ".json"
	w.file(old, "left behind")
	w.file("www/kept/mine.txt", "mine")
	long := time.Now().Add(-time.Hour)
	for _, p := range []string{old, "www/kept/mine.txt"} {
		if err := os.Chtimes(filepath.Join(w.root.Dir(), "demo", p), long, long); err != nil {
			t.Fatal(err)
		}
	}
	w.api("page", meta(`{"cache-test":true,"cache-redirect":"~/www/kept"}`, "count"))
	follow := func(q request, prefix string) string {
		t.Helper()
		res := w.do(q)
		to := res.Header.Get("Location")
		if res.StatusCode != http.StatusFound || !strings.HasPrefix(to, prefix) {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		return bodyOf(w.do(request{url: to, host: q.host}))
	}
	a := follow(request{url: "/api/demo/page"}, "/www/demo/kept/")
	b := follow(request{url: "/api/demo/page"}, "/www/demo/kept/")
	if a != "1" || b != "1" {
		t.Errorf("%q %q", a, b)
	}
	if c := follow(request{url: "/api/page", host: "demo.example"}, "/kept/"); c != "2" {
		t.Errorf("own host: %q", c)
	}
	if _, err := os.Stat(filepath.Join(w.root.Dir(), "demo", old)); err == nil {
		t.Error("what an earlier server left is still there")
	}
	if body := bodyOf(w.do(request{url: "/www/demo/kept/mine.txt"})); body != "mine" {
		t.Errorf("a file of the owner is gone: %q", body)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var a answerCache
	dropped := 0
	for i := range 100 {
		a.keep(&cached{key: cacheKey{url: fmt.Sprint(i)}, body: make([]byte, 1<<20-keptOver-8), drop: func() { dropped++ }})
		a.find(cacheKey{url: "0"})
	}
	if a.bytes > cacheBytes || len(a.items) != cacheBytes>>20 || dropped != 100-len(a.items) {
		t.Errorf("%d bytes, %d items, %d dropped", a.bytes, len(a.items), dropped)
	}
	if a.find(cacheKey{url: "0"}) == nil || a.find(cacheKey{url: "1"}) != nil || a.find(cacheKey{url: "99"}) == nil {
		t.Error("not the last asked for are kept")
	}
}

// A domain that keeps more than its part, by size or by number, drives out its own answers
// and not those of others.
func TestNoDomainDrivesTheAnswersOfOthersOut(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1<<20 - 2*keptOver, 0} {
		var a answerCache
		key := func(dom string, i int) cacheKey { return cacheKey{host: dom, url: fmt.Sprint(i)} }
		body := make([]byte, size)
		keep := func(dom string, i int) { a.keep(&cached{key: key(dom, i), dom: dom, body: body}) }
		for i := range 5 {
			keep("modest", i)
		}
		for i := range 2 * cacheItems {
			keep("greedy", i)
			keep("greedier", -i)
		}
		for i := range 5 {
			if a.find(key("modest", i)) == nil {
				t.Errorf("of %d bytes: answer %d is gone", size, i)
			}
		}
		if a.bytes > cacheBytes || len(a.items) > cacheItems || len(a.items) < cacheBytes>>20 || a.order.Len() != len(a.items) {
			t.Errorf("of %d bytes: %d items, %d bytes", size, len(a.items), a.bytes)
		}
		for i := range cacheItems { // it has come to be the greedy one
			keep("modest", i)
		}
		if n := a.of["greedy"].order.Len(); n < len(a.items)/4 {
			t.Errorf("of %d bytes: %d are left of another", size, n)
		}
	}
}

func TestCacheIsRefusedWhereTheCallerCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api(
		"a", meta(`{"cache-test":true}`, "echo ${http-qs-a} ${http-www-site} ${http-header-X}"),
		"b", meta(`{"cache-test":true,"http-www-auth":true}`, "echo"),
		"c", meta(`{"cache-test":true}`, "echo ${http-qs-a} ${http-www-site} ${http-host}"),
	)
	var got []string
	for _, f := range w.h.Check(w.domain("demo")) {
		got = append(got, f.String())
	}
	if len(got) != 2 || !strings.Contains(got[0], "api/a:3:") || !strings.Contains(got[0], "${http-header-X}") || !strings.Contains(got[1], "api/b:1:1: warning") {
		t.Errorf("faults %q", got)
	}
}
