package regapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caryahq/carya/shell"
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

// A run that has taken a turn shares processors with other domains' work; one that has
// none does not, nor one of the only domain at work.
func TestARunInATurnShares(t *testing.T) {
	t.Parallel()
	tell := &shell.Command{Name: "tell", Options: []shell.Option{{Name: "long"}}, Run: func(c *shell.Call) error {
		if c.Has("long") {
			if err := c.LongWork(); err != nil {
				return err
			}
		}
		_, err := fmt.Fprint(c.Out, c.Env.Sharing())
		return err
	}}
	w := newWorld(t, func(o *Options) { o.Registry = testRegistry(tell) })
	w.domain("other")
	w.api("long", "tell -long", "short", "tell")
	w.file("other:.regapi/api/page", "echo hello")
	tells := func(page, want string) bool {
		_, got := w.get("/api/demo/" + page)
		return got == want
	}
	if !tells("short", "false") || !tells("long", "false") {
		t.Error("the only domain at work shares")
	}
	shares := false
	for n := 0; n < 20 && !shares; n++ { // others count as at work for a second
		w.get("/api/other/page")
		shares = tells("long", "true")
	}
	if !shares {
		t.Error("a run with a turn does not share")
	}
	if !tells("short", "false") {
		t.Error("a run without a turn shares")
	}
}
