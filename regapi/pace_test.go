package regapi

import (
	"strings"
	"testing"
)

// What takes long of itself is done in turns from the beginning: a body that is decoded, of
// whatever kind. What is short takes none.
func TestALongBodyIsDecodedInTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("form", "form")
	part := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + strings.Repeat("x", 200<<10) + "\r\n--B--\r\n"
	for _, c := range []struct {
		kind, body string
		long       bool
	}{
		{"application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 200<<10), true},
		{"application/json", `{"a":"` + strings.Repeat("x", 200<<10) + `"}`, true},
		{"multipart/form-data; boundary=B", part, true},
		{"application/x-www-form-urlencoded", "a=1", false},
		{"text/plain", strings.Repeat("x", 200<<10), false},
	} {
		before := w.h.Usage(w.domain("demo")).Turns
		res := w.do(request{method: "POST", url: "/api/demo/form", body: c.body, header: []string{"Content-Type: " + c.kind}})
		if text := bodyOf(res); res.StatusCode != 200 {
			t.Errorf("%s: %d %.100s", c.kind, res.StatusCode, text)
		}
		if got := w.h.Usage(w.domain("demo")).Turns - before; (got > 0) != c.long {
			t.Errorf("%s of %d bytes: %d turns", c.kind, len(c.body), got)
		}
	}
}
