package main

import (
	"testing"
	"time"
)

// The scripts of the accounts' document, cut out of its text unchanged, answer
// as the contract says in place of the pack's.
func TestScriptsOfTheDocumentRunUnchanged(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	if out := p.must("init", "demo", "--from", "../../domain/testdata/site-auth.md"); out == "" {
		t.Fatal("the document's scripts changed nothing")
	}
	if out := p.must("init", "demo", "--from", "../../domain/testdata/site-auth.md"); out != "" {
		t.Errorf("the second time changed\n%s", out)
	}
	until(t, 5*time.Second, "the bare site of the document's script", func() bool {
		return p.get("demo/auth/site").json("id").String() == p.site
	})
	me := []string{"site", p.site, "ticket", p.signIn("demo", p.site, "anna")}
	wantOK(t, p.get("demo/auth/checkme", me...))
	a := p.postJSON("demo/auth/setme", me, `{nickname : "小白", sex : 2}`)
	wantOK(t, a)
	if a.json("data.me.nickname").String() != "小白" {
		t.Errorf("setme: %s", a.body)
	}
	wantOK(t, p.get("demo/auth/getaccount", "site", p.site, "uid", p.bert))
	wantCode(t, p.get("demo/auth/checkme", "site", p.site), 200, "e.www.api.auth.nologin")
	wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", "no"), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("demo/auth/checkme"), 200, "e.www.site.noexists")
	wantCode(t, p.get("demo/auth/getaccount", "site", p.site), 200, "e.auth.account.noexists")
	if p.must("check", "demo") == "" {
		t.Error("check lists no routes")
	}
}
