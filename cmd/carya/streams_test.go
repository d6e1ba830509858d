package main

import (
	"io"
	"net/url"
	"testing"
	"time"
)

// A stream ends with its session, whichever way that ends, and not long after.
func TestAStreamOfEventsEndsWithinFiveSecondsOfItsSession(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("-d", "demo", "thing", "~/orders", "init")
	feed := "\n%COPY:\nthing ~/orders watch -sse -beat 1\n%END%\n"
	p.write("demo", ".regapi/api/feed", `{"http-sse":true,"http-www-auth":true}`+feed)
	p.write("demo", ".regapi/api/staff", `{"http-sse":true,"pvg-assert":"order.read"}`+feed)
	p.must("-d", "demo", "www", "role", "~/www", "staff", "-u", `{pvg:{"order.read":true}}`)
	site := []string{"site", p.site}
	ways := map[string]struct {
		path string
		end  func(name, ticket string)
	}{
		"logout":  {"feed", func(_, ticket string) { wantOK(t, p.post("demo/auth/logout", site, "ticket", ticket)) }},
		"revoked": {"feed", func(name, _ string) { p.must("-d", "demo", "www", "session", "~/www", name, "-revoke-all") }},
		"passwd":  {"feed", func(name, _ string) { p.must("-d", "demo", "www", "passwd", "~/www", "a new and long one", "-u", name) }},
		"deleted": {"feed", func(name, _ string) {
			p.must("-d", "demo", "thing", "~/accounts", "delete", "-match", `{nm:"`+name+`"}`)
		}},
		"permission": {"staff", func(name, _ string) { p.must("-d", "demo", "www", "account", "~/www", name, "-u", `{role:"member"}`) }},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			p.newPerson("demo", `nm:"`+name+`",role:"staff"`)
			ticket := p.signIn("demo", p.site, name)
			in := p.listen(t, "/api/demo/"+way.path+"?"+url.Values{"site": {p.site}, "ticket": {ticket}}.Encode(), "")
			if line, err := in.r.ReadString('\n'); line != "retry: 2000\n" {
				t.Fatalf("%q, %v", line, err)
			}
			way.end(name, ticket)
			begun := time.Now()
			if _, err := io.Copy(io.Discard, in.r); err != nil {
				t.Errorf("it was cut off: %v", err)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it lasted %v", took)
			}
		})
	}
}
