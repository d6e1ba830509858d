package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// audited are the lines of demo's audit, oldest first, each as act/ok/err/who/whom's
// name/from/what.
func (w *world) audited() (out []string) {
	w.t.Helper()
	for _, l := range gjson.Parse(w.owner().must(`history audit query -sort '{id:1}' -limit 1000`)).Array() {
		who := l.Get("who").String()
		if who == l.Get("whom").String() && who != "" {
			who = "self"
		}
		out = append(out, strings.Join([]string{
			l.Get("act").String(), l.Get("ok").String(), l.Get("err").String(), who, l.Get("nm").String(), l.Get("from").String(), l.Get("what").String(),
		}, "/"))
	}
	return out
}

func TestAuditHasALineForEveryAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`history audit clear`)
	from := "192.0.2.1"
	w.request(from, "").run(`www auth ~/www xiaobai -p 'wrong password'`)
	w.request(from, "").run(`www auth ~/www 'my secret typed as a name' -p 'wrong password'`)
	ticket := gjson.Get(w.request(from, "").must(`www auth ~/www xiaobai -p '`+passwd+`'`), "ticket").String()
	w.request(from, ticket).must(`www checkme ~/www ` + ticket + ` -u '{nickname:"B"}'`)
	w.request(from, ticket).must(`www passwd ~/www -ticket ` + ticket + ` -check '{oldpwd:"` + passwd + `",newpwd:"another good one"}'`)
	w.request(from, ticket).run(`www account ~/www xiaobai -u '{role:"admin"}'`)
	w.request(from, ticket).must(`www logout ~/www ` + ticket)
	w.owner().must(`www account ~/www xiaobai -u '{role:"editor",passwd:"yet another one"}'`)
	w.owner().must(`www role ~/www editor -new '{pvg:{a:true}}'`)
	w.owner().must(`www session ~/www xiaobai -revoke-all`)
	w.owner().must(`www account ~/www -new '{nm:"new"}'`)
	w.owner().must(`www site ~/www -u '{x:1}'`)
	want := []string{
		"signin/false/e.auth.login.invalid.passwd//xiaobai/192.0.2.1/web_passwd",
		"signin/false/e.auth.login.invalid.passwd///192.0.2.1/web_passwd",
		"signin/true//self/xiaobai/192.0.2.1/web_passwd",
		"account/true//self/xiaobai/192.0.2.1/nickname",
		"passwd/true//self/xiaobai/192.0.2.1/",
		"session.end/true//self/xiaobai/192.0.2.1/logout",
		"account/true//owner/xiaobai//role,passwd",
		"passwd/true//owner/xiaobai//",
		"role/true//owner/xiaobai//editor",
		"role/true//owner///pvg of editor",
		"session.end/true//owner/xiaobai//revoke-all",
		"account.new/true//owner/new//nm",
		"site/true//owner///~/www x",
	}
	if got := w.audited(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	raw := w.owner().must(`history audit query -limit 1000`)
	for _, secret := range []string{ticket, passwd, "another good one", "my secret", "wrong password"} {
		if strings.Contains(raw, secret) {
			t.Errorf("the audit holds %q", secret)
		}
	}
}

func TestAuditTellsOfALockAndNotOfWhatItRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`history audit clear`)
	for range 50 {
		w.request("192.0.2.1", "").run(`www auth ~/www xiaobai -p 'wrong password'`)
	}
	got := strings.Join(w.audited(), "\n")
	if n := strings.Count(got, "signin/false"); n != 5 {
		t.Errorf("%d failures, of which the fifth locked:\n%s", n, got)
	}
	if n := strings.Count(got, "lock/true///xiaobai/192.0.2.1/account"); n != 1 {
		t.Errorf("%d locks:\n%s", n, got)
	}
}

func TestNoEndpointWritesToTheAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, line := range []string{`history audit add '{}'`, `history audit clear`} {
		if out, err := w.request("192.0.2.1", "").run(line); err == nil {
			t.Errorf("%s: %s", line, out)
		}
	}
}

func TestReceiversAreMasked(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"13900000001": "139****0001", "bai@example.com": "b***@example.com", "12345": "****45", "": "", "nobody": "",
		"+4915112345678": "+49****5678",
	} {
		if got := masked(to); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
}
