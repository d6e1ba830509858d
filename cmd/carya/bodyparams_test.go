package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestTicketInABodyIsKeptNowhere sends the ticket and the site where a POST may have
// them, beside the fields that it changes.
func TestTicketInABodyIsKeptNowhere(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	ticket := p.signIn("demo", p.site, "anna")
	me := `"site":` + quote(p.site) + `,"ticket":` + quote(ticket)
	a := p.postJSON("demo/auth/setme", nil, `{`+me+`,"nickname":"in a body"}`)
	wantOK(t, a)
	if a.json("data.me.nickname").String() != "in a body" || a.json("data.me.ticket").Exists() || a.json("data.me.site").Exists() {
		t.Errorf("setme: %s", a.body)
	}
	wantOK(t, p.postJSON("demo/auth/setme", nil, `{"site":`+quote("id:"+p.site)+`,"ticket":`+quote(ticket)+`,"city":"Suzhou"}`))
	for _, body := range []string{`{"ticket":"another","city":"Nowhere"}`, `{"Ticket":` + quote(ticket) + `,"city":"Nowhere"}`} {
		wantCode(t, p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, body), 200, "e.auth.account.field")
	}
	p.must("-d", "demo", "www", "site", "~/www", "-u", `{setme:["nickname","city","site"]}`)
	wantOK(t, p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, `{"site":"https://anna.example"}`)) // a field of that name
	record := p.must("-d", "demo", "www", "account", "~/www", "anna", "-cqn")
	if strings.Contains(record, ticket) || strings.Contains(record, p.site) || !strings.Contains(record, "Suzhou") || !strings.Contains(record, "anna.example") {
		t.Errorf("the account holds %s", record)
	}
	if found := holding(t, p.path("demo"), ticket); len(found) > 0 {
		t.Errorf("the ticket is kept in %v", found)
	}
}

// TestAClientThatSendsAllFirstHearsThatItWasTooMuch: browsers and most libraries do not
// look for an answer before they have sent the body.
func TestAClientThatSendsAllFirstHearsThatItWasTooMuch(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	body := strings.Repeat("x", 12<<20)
	for name, head := range map[string]string{
		"with its length": fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)),
		"in chunks":       fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(body)),
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST /api/demo/auth/login_by_passwd HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+head+body); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "in chunks" {
			io.WriteString(conn, "\r\n0\r\n\r\n")
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

// TestAPlainPasswordInAThingIsToldOf: the owner may keep what they like, and knows it.
func TestAPlainPasswordInAThingIsToldOf(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	anna := r.newPerson("demo", `nm:"anna"`)
	for _, words := range [][]string{{"update", anna, "-fields", `{passwd:"in plain text"}`}, {"create", "-fields", `[{nm:"a"},{nm:"b",passwd:"in plain text"}]`}} {
		if _, errs, code := r.run("", append([]string{"thing", "~/accounts"}, words...)...); code != 0 || !strings.Contains(errs, "plain text") {
			t.Errorf("%v: %d %s", words, code, errs)
		}
	}
	_, errs, _ := r.run("", "thing", "~/accounts", "update", anna, "-fields", `{passwd:"{MD5:salt}b305cadbb3bce54f3aa59c64fec00dea",nickname:"A"}`)
	if errs != "" {
		t.Errorf("of a hash: %s", errs)
	}
}
