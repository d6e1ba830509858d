package regapi

import (
	"fmt"
	"strings"
	"testing"
)

// Who asks for no language is answered in the domain's.
func TestLanguageOfADomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(accept string) string {
		t.Helper()
		return bodyOf(w.do(request{url: "/api/demo/nothing", header: []string{"Accept-Language: " + accept}}))
	}
	if got := ask("fr"); !strings.Contains(got, "接口不存在") {
		t.Error(got)
	}
	w.file(".domain/domain.json", `{defaults:{lang:"en"}}`)
	w.until("/api/demo/nothing", 404, "no such endpoint")
	if got := ask("zh-CN, en;q=0.5"); !strings.Contains(got, "接口不存在") {
		t.Error(got)
	}
	w.file(".domain/domain.json", `{defaults:{lang:"zh-CN"}}`)
	w.until("/api/demo/nothing", 404, "接口不存在")
	if got := ask("en"); !strings.Contains(got, "no such endpoint") {
		t.Error(got)
	}
}

// A domain may have a rate of its own for all requests of an address.
func TestRateOfADomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Limits = true })
	w.domain("other")
	w.api("a", "echo", "b", "echo")
	w.file("other:.regapi/api/a", "echo")
	w.file(".domain/domain.json", `{limits:{rate:"3/1h"}}`)
	var got []string
	for _, url := range []string{"demo/a", "demo/b", "demo/a", "demo/b", "other/a"} {
		res := w.do(request{url: "/api/" + url})
		got = append(got, fmt.Sprint(res.StatusCode, " ", res.Header.Get("RateLimit-Limit")))
	}
	if want := "[200 3 200 3 200 3 429 3 200 300]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	w.file(".domain/domain.json", `{limits:{rate:"none"}}`)
	w.until("/api/demo/a", 200, "")
	if res := w.do(request{url: "/api/demo/a"}); res.StatusCode != 200 || res.Header.Get("RateLimit-Limit") != "" {
		t.Errorf("none: %d %v", res.StatusCode, res.Header)
	}
}
