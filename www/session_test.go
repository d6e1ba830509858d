package www

import (
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

const dead = "e.auth.ticked.noexist"

func TestTicketsThatStandForNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`mkdir ~/www/shop`)
	w.owner().must(`www site ~/www/shop -u '{accounts:"~/accounts"}'`)
	other := w.as(domain.Owner, w.domain("other"), nil)
	good, gone := w.signIn("xiaobai"), w.signIn("xiaobai")
	w.owner().must(`www logout ~/www ` + gone)
	foreign := gjson.Get(other.must(`www auth ~/www xiaobai`), "ticket").String()
	api := w.request("192.0.2.1", "")
	api.must(`www checkme ~/www ` + good)
	for _, c := range []struct{ site, ticket, code string }{
		{"~/www", "''", "e.www.api.auth.nologin"},
		{"~/www", "-- -nil-", "e.www.api.auth.nologin"},
		{"~/www", "unknown", dead},
		{"~/www", strings.Repeat("x", 600), dead},
		{"~/www", ticketID(good), dead}, // what is stored is no ticket
		{"~/www", gone, dead},
		{"~/www", foreign, dead},
		{"~/www/shop", good, dead},
		{"~/nothing", good, "e.www.site.noexists"},
	} {
		api.fails(c.code, `www checkme `+c.site+` `+c.ticket)
	}
}

func TestSessionsEndByIdlenessAndByAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www site ~/www -u '{se_idle_du:600,se_dft_du:1800}'`)
	idle, used := w.signIn("xiaobai"), w.signIn("xiaobai")
	for range 3 {
		w.clock.add(9 * time.Minute)
		w.owner().must(`www checkme ~/www ` + used)
	}
	w.owner().fails(dead, `www checkme ~/www `+idle)
	w.clock.add(4 * time.Minute)
	w.owner().fails(dead, `www checkme ~/www `+used)
}

func TestSessionOfADeletedAccountIsDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	w.owner().must(`www checkme ~/www ` + ticket)
	if err := w.site().people.Delete(t.Context(), w.stored("xiaobai", "id"), true); err != nil {
		t.Fatal(err)
	}
	w.owner().fails(dead, `www checkme ~/www `+ticket)
	w.request("192.0.2.1", "").fails("e.auth.login.invalid.passwd", `www auth ~/www xiaobai -p '`+passwd+`'`)
}

func TestLockedFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	api := w.request("192.0.2.1", ticket)
	for _, field := range []string{
		"id", "phone", "email", "role", "grp", "passwd", "salt", "login", "ct", "lm", "expi", "race", "pid", "ph",
		"oauth_x", "wx_mp", "th_set", "__x", "Role", "ROLE", "role.x", "a.b", "ro\\\\u006ce", "@x", "#", "",
	} {
		line := `www checkme ~/www ` + ticket + ` -u '{"city":"X","` + field + `":"admin"}'`
		api.fails("e.auth.account.field", line)
		api.fails("e.auth.account.field", `www account ~/www xiaobai -u '{"city":"X","`+field+`":"admin"}'`)
	}
	me := api.must(`www checkme ~/www ` + ticket)
	if gjson.Get(me, "me.city").Exists() || gjson.Get(me, "me.role").String() != "member" {
		t.Errorf("a refused change was made: %s", me)
	}
	me = api.must(`www checkme ~/www ` + ticket + ` -u '{city:"Xi’an",nickname:"B"}'`)
	if gjson.Get(me, "me.city").String() != "Xi’an" || gjson.Get(me, "me.nickname").String() != "B" {
		t.Errorf("an allowed change was not made: %s", me)
	}
}

func TestViewsShowNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www xiaobai -u '{salt:"SECRET",__x:"SECRET",oauth_x:"PRIVATE"}'`)
	w.owner().must(`www account ~/www anna -new '{}'`)
	mine, others := w.signIn("xiaobai"), w.signIn("anna")
	for _, c := range []struct {
		s     *shellOf
		line  string
		shown bool // phone and what else is not public
	}{
		{w.owner(), `www account ~/www xiaobai`, true},
		{w.owner(), `www account ~/www -list`, true},
		{w.owner(), `www session ~/www xiaobai`, false},
		{w.owner(), `www checkme ~/www ` + mine, true},
		{w.request("", mine), `www account ~/www xiaobai`, true},
		{w.request("", others), `www account ~/www xiaobai`, false},
		{w.request("", ""), `www account ~/www xiaobai`, false},
	} {
		out := c.s.must(c.line)
		for _, secret := range []string{"SECRET", "passwd\"", "$argon2", "salt"} {
			if strings.Contains(out, secret) {
				t.Errorf("$ %s\nshows %s: %s", c.line, secret, out)
			}
		}
		if shown := strings.Contains(out, "13900000001") && strings.Contains(out, "PRIVATE"); shown != c.shown {
			t.Errorf("$ %s\nprivate fields shown: %v\n%s", c.line, shown, out)
		}
	}
	w.request("", others).fails("e.auth.nopvg", `www account ~/www -list`)
	w.request("", others).fails("e.auth.nopvg", `www account ~/www xiaobai -u '{city:"X"}'`)
	w.request("", others).fails("e.auth.nopvg", `www session ~/www xiaobai`)
}

// TestASessionThatEndedHasNoSuccessor: else a ticket that is bound to a phone while its
// person changes the password would outlive the change.
func TestASessionThatEndedHasNoSuccessor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, site := w.s.in(w.d), w.site()
	se, err := w.s.session(t.Context(), site, w.signIn("xiaobai"))
	if err != nil {
		t.Fatal(err)
	}
	w.owner().must(`www passwd ~/www 'another long one' -u xiaobai`) // between the look at the ticket and what it is for
	who, err := w.s.person(t.Context(), site, "xiaobai")
	if err != nil {
		t.Fatal(err)
	}
	if next, err := w.s.replace(t.Context(), p, site, se, who); domain.CodeOf(err) != "e.auth.ticked.noexist" {
		t.Errorf("%v, %v", next, err)
	}
	if list := w.owner().must(`www session ~/www xiaobai`); strings.TrimSpace(list) != "[]" {
		t.Errorf("sessions: %s", list)
	}
}
