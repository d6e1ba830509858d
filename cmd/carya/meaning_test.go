package main

import (
	"os"
	"strings"
	"testing"
)

// Who may write things does not become the owner: an upload is no set, in no
// spelling, and neither is one that lay there before.
func TestWhoWritesThingsDoesNotBecomeTheOwner(t *testing.T) {
	t.Parallel()
	p, anna, _ := newThings(t)
	a := p.postJSON("demo/thing/create", anna, `{"nm":"x","no":1}`)
	id := a.json("data.id").String()
	if id == "" {
		t.Fatal(a.body)
	}
	const hook = `{"onCreated":"echo owned > ~/www/owned.txt"}`
	for _, name := range []string{"thing.json", "Thing.json", "thing.json.", "thing.json ", "thing%2ejson", "ｔhing.json", "тhing.json", ".meta.json", "．meta.json", `..\thing.json`} {
		if a := p.upload(with(anna, "id", id, "dir", "media"), name, "application/json", hook); a.json("ok").Bool() {
			t.Errorf("%q is taken: %s", name, a.body)
		}
	}
	p.write("demo", "things/orders/data/"+id+"/media/thing.json", hook)
	if a := p.postJSON("demo/thing/create", with(anna, "id", "thing"), `{"id":"thing","nm":"x","onCreated":"echo owned > ~/www/owned.txt"}`); a.status != 200 {
		t.Error(a.body)
	}
	for _, ts := range []string{"orders/data/" + id + "/media", "orders/index", "orders/data", "orders/data/" + id} {
		query := append([]string{}, anna...)
		query[len(query)-1] = ts
		if a := p.postJSON("demo/thing/create", query, `{"nm":"y"}`); !strings.Contains(a.body, "e.thing.set.noexists") {
			t.Errorf("%s is a set: %s", ts, a.body)
		}
	}
	if _, err := os.Stat(p.path("demo", "www/owned.txt")); err == nil {
		t.Error("a script ran as the owner")
	}
}

// The id of a ThingSet is no site, over HTTP either: the site's captcha is asked for.
func TestAThingSetsIDPassesByNoCaptcha(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.newPerson("demo", `nm:"anna"`)
	r.must("www", "site", "~/www", "-u", `{login_captcha:"robot"}`)
	s := r.serve("--limits", "off")
	set := r.siteID("demo", "~/accounts")
	for site, want := range map[string]string{set: "e.www.site.noexists", r.siteID("demo", "~/www"): "e.auth.captcha.invalid", "": "e.auth.captcha.invalid"} {
		form := []string{"site", site, "name", "anna", "passwd", passwd}
		if site == "" {
			form = form[2:]
		}
		if a := s.post("demo/auth/login_by_passwd", nil, form...); a.json("errCode").String() != want {
			t.Errorf("site %q: %s", site, a.body)
		}
	}
}
