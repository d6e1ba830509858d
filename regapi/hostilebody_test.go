package regapi

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
)

// What costs the engine more than it is long is refused, in the engine's own words,
// before a script runs and while one does.
func TestARequestOfTooManyParametersIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("form", "form", "who", meta(`{"http-www-auth":true}`, "me"), "merge", meta(`{"http-post-json-merge":true}`, `echo "${a?none}"`), "first", "echo ${http-qs-a?none}")
	const urlencoded = "application/x-www-form-urlencoded"
	part := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
	for _, c := range []struct{ name, kind, body, want string }{
		{"site after site", urlencoded, strings.Repeat("site&", 850<<10/5), "10000 parameters"},
		{"ticket after ticket", urlencoded, strings.Repeat("ticket=x&", 850<<10/9), "10000 parameters"},
		{"a after a", urlencoded, strings.Repeat("a&", 4<<20), "10000 parameters"},
		{"members", "application/json", `{"a":1` + strings.Repeat(`,"a":1`, 850<<10/6) + "}", "10000 parameters"},
		{"items", "application/json", "[1" + strings.Repeat(",1", 850<<10/2) + "]", "200000 values"},
		{"nesting", "application/json", strings.Repeat("[", 400<<10) + strings.Repeat("]", 400<<10), "200 deep"},
		{"parts", "multipart/form-data; boundary=B", strings.Repeat(part, 1001) + "--B--\r\n", "1000 parts"},
	} {
		for _, url := range []string{"form", "merge"} {
			res := w.do(request{method: "POST", url: "/api/demo/" + url, body: c.body, header: []string{"Content-Type: " + c.kind, "Accept-Language: en"}})
			body := bodyOf(res)
			if res.StatusCode != 400 || !strings.Contains(body, `"e.api.params"`) || !strings.Contains(body, c.want) {
				t.Errorf("%s to %s: %d %.200s", c.name, url, res.StatusCode, body)
			}
		}
	}
	for _, url := range []string{"form", "who", "merge", "first"} {
		res := w.do(request{url: "/api/demo/" + url + "?" + strings.Repeat("a&", 10_001)})
		if body := bodyOf(res); res.StatusCode != 400 || !strings.Contains(body, `"e.api.params"`) {
			t.Errorf("query of %s: %d %.200s", url, res.StatusCode, body)
		}
	}
}

// A name is found among many as it is among few.
func TestALongQueryIsReadAsAShortOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("q", "echo ${http-qs-Name?none} ${http-qs-k?none} ${http-qs-nothing?none}")
	for _, more := range []string{"", strings.Repeat("x=%41&", 2000)} {
		if status, body := w.get("/api/demo/q?" + more + "NAME=%41&name=2&k"); status != 200 || body != "A  none\n" {
			t.Errorf("%d %q", status, body)
		}
	}
}

// Nobody reads a form for a client that has gone.
func TestParsingEndsWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("form", "form")
	q := request{method: "POST", url: "/api/demo/form", body: strings.Repeat("a&", 9000), header: []string{"Content-Type: application/x-www-form-urlencoded"}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, q.make().WithContext(ctx))
	if body := rec.Body.String(); !strings.Contains(body, "e.canceled") {
		t.Errorf("%.100s", body)
	}
}
