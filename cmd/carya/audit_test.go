package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

func TestAuditTellsWhoDidWhatFromWhereAndHow(t *testing.T) {
	t.Parallel()
	got := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- string(b)
	}))
	defer hook.Close()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.must("grant", "demo", "network", strings.TrimPrefix(hook.URL, "http://"))
	r.write("demo", ".domain/domain.json", `{history:{rules:[{history:"audit",match:{act:"signin",ok:false},http:"`+hook.URL+`"}]}}`)
	r.write("demo", ".regapi/api/buy", "{history:{opt:\"buy\",what:\"${http-qs-what}\"},hismetas:[\"http-url\"],hisname:\"orders\"}\n%COPY:\necho '{}'\n%END%\n")
	r.must("www", "account", "~/www", "anna", "-new", `{passwd:"correct horse battery"}`)
	r.must("write", "~/x.txt", "hello")
	s := r.serve()
	site := gjson.Get(r.must("www", "site", "~/www"), "id").String()
	s.post("demo/auth/login_by_passwd", []string{"site", site}, "name", "anna", "passwd", "wrong password")
	a := s.post("demo/auth/login_by_passwd", []string{"site", site}, "name", "anna", "passwd", "correct horse battery")
	ticket := a.json("data.ticket").String()
	if ticket == "" {
		t.Fatal(a.body)
	}
	wantOK(t, s.get("demo/auth/logout", "site", site, "ticket", ticket))
	s.get("demo/buy", "site", site, "what", `x","uid":"evil`, "ticket", ticket, "passwd", "hunter22")

	select {
	case line := <-got:
		if gjson.Get(line, "err").String() != "e.auth.login.invalid.passwd" || gjson.Get(line, "from").String() != "127.0.0.1" {
			t.Errorf("the hook got %s", line)
		}
	case <-time.After(20 * time.Second):
		t.Error("the hook got nothing")
	}
	s.kill() // what was answered is written
	audit := r.must("history", "audit", "query", `{act:["signin","session.end"]}`, "-sort", "{id:1}")
	want := "signin:false signin:true session.end:true"
	var acts []string
	for _, l := range gjson.Parse(audit).Array() {
		acts = append(acts, l.Get("act").String()+":"+l.Get("ok").String())
		if l.Get("nm").String() != "anna" || l.Get("from").String() != "127.0.0.1" || l.Get("site").String() != site {
			t.Errorf("%s", l.Raw)
		}
	}
	if strings.Join(acts, " ") != want {
		t.Errorf("%v, want %s", acts, want)
	}
	if what := gjson.Get(r.must("history", "audit", "query", `{act:"owner"}`), "0.what").String(); what != "write ~/x.txt" {
		t.Errorf("the owner's last act: %q", what)
	}
	orders := r.must("history", "orders", "query", "-c")
	if gjson.Get(orders, "#").Int() != 1 || gjson.Get(orders, "0.what").String() != `x","uid":"evil` || gjson.Get(orders, "0.uid").Exists() {
		t.Errorf("%s", orders)
	}
	files, _ := os.ReadDir(r.path("demo", ".domain", "history", "audit"))
	raw := ""
	for _, f := range files {
		b, _ := os.ReadFile(r.path("demo", ".domain", "history", "audit", f.Name()))
		raw += string(b)
	}
	for _, secret := range []string{ticket, "hunter22", "wrong password", "correct horse"} {
		if strings.Contains(raw+orders, secret) {
			t.Errorf("a history holds %q", secret)
		}
	}
}

// TestAuditTellsWhatTheOwnerActedOn, and no other word of theirs.
func TestAuditTellsWhatTheOwnerActedOn(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	anna := gjson.Get(r.must("www", "account", "~/www", "anna", "-new", `{passwd:"correct horse battery"}`), "id").String()
	r.must("thing", "~/accounts", "update", anna, "-fields", `{role:"admin",note:"hunter22"}`)
	r.must("sh", "-c", `echo '~/secret text' > ~/a.txt; rm ~/a.txt; thing ~/accounts delete `+anna)
	audit := r.must("history", "audit", "query", `{act:"owner"}`, "-sort", "{ct:1}")
	want := "thing update ~/accounts " + anna + "; > ~/a.txt, rm ~/a.txt, thing delete ~/accounts " + anna
	var got []string
	for _, l := range gjson.Parse(audit).Array() {
		got = append(got, l.Get("what").String())
	}
	if strings.Join(got, "; ") != want || strings.Contains(audit, "hunter22") || strings.Contains(audit, "secret text") {
		t.Errorf("%q, want %q", got, want)
	}
}
