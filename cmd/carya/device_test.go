package main

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// mapped does a request as a browser on a host that is demo's own.
func (s *server) mapped(method, path string, header map[string]string, form url.Values) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = "demo.example"
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	return s.send(req)
}

func TestAFriendlyDeviceGetsInWhileStrangersAreLocked(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("grant", "demo", "host", "demo.example")
	login := func(word string, header map[string]string, more ...string) answer {
		form := url.Values{"site": {p.site}, "name": {"anna"}, "passwd": {word}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return p.mapped("POST", "/api/auth/login_by_passwd", header, form)
	}
	first := login(passwd, nil)
	token := first.json("data.device").String()
	cookie := first.header.Get("Set-Cookie")
	if token == "" || !strings.HasPrefix(cookie, "carya_device="+token+"; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax") {
		t.Fatalf("%s\n%s", cookie, first.body)
	}
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}} {
		if a := login(passwd, header); !a.json("ok").Bool() || a.header.Get("Set-Cookie") != "" { // the browser sent no cookie, and would lose it
			t.Errorf("a page of another site, %v: %s %v", header, a.body, a.header)
		}
	}
	for _, header := range []map[string]string{{"Sec-Fetch-Site": "same-origin", "Origin": "https://demo.example"}, {"Origin": "http://demo.example"}} {
		if a := login(passwd, header); a.header.Get("Set-Cookie") == "" {
			t.Errorf("a page of its own, %v: %s %v", header, a.body, a.header)
		}
	}
	for range 6 {
		login("wrong password", nil)
	}
	if a := login(passwd, nil); a.json("errCode").String() != "e.auth.login.locked" {
		t.Fatalf("strangers are not locked: %s", a.body)
	}
	for name, a := range map[string]answer{
		"cookie":    login(passwd, map[string]string{"Cookie": "carya_device=" + token}),
		"header":    login(passwd, map[string]string{"X-Carya-Device": token}),
		"parameter": login(passwd, nil, "device", token),
	} {
		if !a.json("ok").Bool() {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	shared := p.post("demo/auth/login_by_passwd", []string{"site", p.site}, "name", "anna", "passwd", passwd, "device", token)
	if !shared.json("ok").Bool() || shared.header.Get("Set-Cookie") != "" {
		t.Errorf("on a host that is shared: %s %v", shared.body, shared.header)
	}
	if a := p.mapped("POST", "/api/auth/checkme?site="+p.site, map[string]string{"Cookie": "carya_device=" + token}, nil); a.json("ok").Bool() {
		t.Errorf("a device token signs in: %s", a.body)
	}
}

func TestTheRootSaysWhatAHashCosts(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.newPerson("demo", `nm:"anna"`)
	r.write(".carya", "hash.json", `{memory:16384, time:3}`)
	if out := r.must("www", "hash", "show", "-c"); strings.TrimSpace(out) != `{"memory":16384,"time":3,"threads":1}` {
		t.Errorf("%s", out)
	}
	s := r.serve()
	s.signIn("demo", r.siteID("demo", "~/www"), "anna")
	s.stop()
	id := gjson.Get(r.must("www", "account", "~/www", "anna", "-cqn"), "id").String()
	if out, _ := os.ReadFile(r.path("demo", "accounts", "index", id+".json")); !strings.Contains(string(out), "$argon2id$v=19$m=16384,t=3,p=1$") {
		t.Errorf("not hashed anew at sign-in: %s", out)
	}
	r.write(".carya", "hash.json", `{memory:64, time:1}`)
	if _, errs, code := r.run("", "www", "hash", "show"); code == 0 || !strings.Contains(errs, "hash.json") {
		t.Errorf("a weak hash is taken: %d %s", code, errs)
	}
}
