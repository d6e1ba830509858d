package main

import (
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
	wantOK(t, p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, `{"site":"https://anna.example"}`)) // a field of that name
	record := p.must("-d", "demo", "www", "account", "~/www", "anna", "-cqn")
	if strings.Contains(record, ticket) || strings.Contains(record, p.site) || !strings.Contains(record, "Suzhou") || !strings.Contains(record, "anna.example") {
		t.Errorf("the account holds %s", record)
	}
	if found := holding(t, p.path("demo"), ticket); len(found) > 0 {
		t.Errorf("the ticket is kept in %v", found)
	}
}
