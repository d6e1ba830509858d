package main

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// passwd is the password of every person that the tests make.
const passwd = "correct horse battery"

// newPerson makes an account on the command line and gives its id.
func (r *root) newPerson(dom, fields string) string {
	r.t.Helper()
	out, errs, code := r.run("", "-d", dom, "www", "account", "~/www", "-new", "{"+fields+",passwd:"+quote(passwd)+"}", "-cqn")
	if code != 0 {
		r.t.Fatalf("new account %s: exit %d\n%s", fields, code, errs)
	}
	id := gjson.Get(out, "id").String()
	if len(id) != 20 {
		r.t.Fatalf("new account: %s", out)
	}
	return id
}

// siteID is the id of a site of a domain.
func (r *root) siteID(dom, path string) string {
	r.t.Helper()
	id := gjson.Get(r.must("-d", dom, "obj", path, "-cqn"), "id").String()
	if len(id) != 20 {
		r.t.Fatalf("%s has no id", path)
	}
	return id
}

// signIn signs in over HTTP and gives the ticket.
func (s *server) signIn(dom, site, name string) string {
	s.t.Helper()
	a := s.post(dom+"/auth/login_by_passwd", []string{"site", site}, "name", name, "passwd", passwd)
	ticket := a.json("data.ticket").String()
	if !a.json("ok").Bool() || len(ticket) < 40 {
		s.t.Fatalf("sign in as %s: %d %s", name, a.status, a.body)
	}
	return ticket
}

// people is a server with two domains, their sites and a few people.
type people struct {
	*server
	site, short, foreign string // ids of demo's ~/www, of ~/www/short (sessions of 1 s), of other's ~/www
	anna, bert           string // account ids
}

// newPeople lays out the domains demo and other and serves them.
func newPeople(t testing.TB, options ...string) *people {
	t.Helper()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.must("init", "other", "--pack", "auth")
	r.mustIn("@DIR www/short\n{id:\"+\", se_dft_du:1}\n", "init", "demo", "--from", "-")
	p := &people{
		anna: r.newPerson("demo", `nm:"anna",nickname:"Anna",phone:"13910110011",email:"anna@example.com",city:"Shanghai"`),
		bert: r.newPerson("demo", `nm:"bert",nickname:"Bert",phone:"13910110022",email:"bert@example.com"`),
	}
	r.newPerson("other", `nm:"anna",nickname:"Other Anna"`)
	p.site, p.short, p.foreign = r.siteID("demo", "~/www"), r.siteID("demo", "~/www/short"), r.siteID("other", "~/www")
	p.server = r.serve(options...)
	return p
}

func (r *root) mustIn(in string, words ...string) string {
	r.t.Helper()
	out, errs, code := r.run(in, words...)
	if code != 0 {
		r.t.Fatalf("carya %q: exit %d\n%s%s", words, code, out, errs)
	}
	return out
}

// wantOK fails unless the answer is the envelope of a success.
func wantOK(t testing.TB, a answer) {
	t.Helper()
	if a.status != 200 || !gjson.Valid(a.body) || !a.json("ok").Bool() {
		t.Fatalf("want ok, got %d %.300s", a.status, a.body)
	}
}

// wantCode fails unless the answer is the envelope of an error with that code.
func wantCode(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.json("ok").Bool() || a.json("errCode").String() != code || a.json("msg").String() == "" {
		t.Errorf("want %d %s, got %d %.300s", status, code, a.status, a.body)
	}
	for _, secret := range []string{`"passwd":`, "$argon2", "goroutine ", ".go:"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the answer shows %q: %.300s", secret, a.body)
		}
	}
}
