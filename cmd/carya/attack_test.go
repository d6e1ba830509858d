package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/sjson"
)

// The attacks that accounts must withstand, each over HTTP against the built
// server; docs/security.md names them.

// from does a call as somebody at an address, behind the proxy that this test is
// (--trust-proxy 127.0.0.1).
func (p *people) from(addr, method, name string, query, form url.Values, header ...string) answer {
	p.t.Helper()
	u := p.url + "/api/" + name
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequest(method, u, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if addr != "" {
		req.Header.Set("X-Forwarded-For", addr)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return p.send(req)
}

// login tries to sign in at demo.
func (p *people) login(addr, name, passwd string) answer {
	p.t.Helper()
	return p.from(addr, "POST", "demo/auth/login_by_passwd", url.Values{"site": {p.site}}, url.Values{"name": {name}, "passwd": {passwd}})
}

// dead fails when a ticket still opens anything, however it is shown.
func (p *people) dead(t *testing.T, ticket string) {
	t.Helper()
	q := url.Values{"site": {p.site}, "ticket": {ticket}}
	for name, a := range map[string]answer{
		"query":  p.from("", "GET", "demo/auth/checkme", q, nil),
		"header": p.from("", "GET", "demo/auth/checkme", url.Values{"site": {p.site}}, nil, "Authorization", "Bearer "+ticket),
		"setme":  p.from("", "POST", "demo/auth/setme", q, url.Values{"nickname": {"Replayed"}}),
		"passwd": p.from("", "POST", "demo/auth/chpasswd", q, url.Values{"oldpwd": {passwd}, "newpwd": {"replayed password"}}),
		"logout": p.from("", "POST", "demo/auth/logout", q, url.Values{}),
	} {
		if code := a.json("errCode").String(); code != "e.auth.ticked.noexist" && code != "e.www.api.auth.nologin" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func (p *people) alive(t *testing.T, ticket string) {
	t.Helper()
	wantOK(t, p.get("demo/auth/checkme", "site", p.site, "ticket", ticket))
}

func TestAttackReplayedTicket(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	ticket := func() string { return p.signIn("demo", p.site, "anna") }
	t.Run("after logout", func(t *testing.T) {
		mine, other := ticket(), ticket()
		wantOK(t, p.post("demo/auth/logout", []string{"site", p.site, "ticket", mine}))
		p.dead(t, mine)
		p.alive(t, other)
	})
	t.Run("after revoke", func(t *testing.T) {
		one, two, three := ticket(), ticket(), ticket()
		id := p.get("demo/auth/checkme", "site", p.site, "ticket", one).json("data.id").String()
		p.must("-d", "demo", "www", "session", "~/www", "anna", "-revoke", id)
		p.dead(t, one)
		p.alive(t, two)
		p.must("-d", "demo", "www", "session", "~/www", "anna", "-revoke-others", three)
		p.dead(t, two)
		p.alive(t, three)
		p.must("-d", "demo", "www", "session", "~/www", "anna", "-revoke-all")
		p.dead(t, three)
	})
	t.Run("after a password change", func(t *testing.T) {
		mine, stolen := ticket(), ticket()
		const fresh = "a fresh password of anna"
		a := p.post("demo/auth/chpasswd", []string{"site", p.site, "ticket", mine}, "oldpwd", passwd, "newpwd", fresh)
		wantOK(t, a)
		p.dead(t, stolen)
		p.dead(t, mine) // it may have been stolen, too
		next := a.json("data.ticket").String()
		p.alive(t, next)
		p.must("-d", "demo", "www", "passwd", "~/www", passwd, "-u", "anna")
		p.dead(t, next)
	})
	t.Run("after the account has gone", func(t *testing.T) {
		mine := p.signIn("demo", p.site, "bert")
		p.must("-d", "demo", "thing", "~/accounts", "delete", p.bert)
		p.dead(t, mine)
	})
	t.Run("at another site or domain", func(t *testing.T) {
		mine := ticket()
		for _, at := range [][2]string{{"demo", p.short}, {"other", p.foreign}, {"other", p.site}} {
			if a := p.get(at[0]+"/auth/checkme", "site", at[1], "ticket", mine); a.json("ok").Bool() {
				t.Errorf("%v: %s", at, a.body)
			}
		}
	})
	t.Run("after a kill", func(t *testing.T) {
		mine := ticket()
		wantOK(t, p.post("demo/auth/logout", []string{"site", p.site, "ticket", mine}))
		p.kill()
		p.server = p.root.serve("--limits", "off")
		p.dead(t, mine)
	})
}

func TestAttackSessionFixation(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("grant", "demo", "host", "demo.example")
	known := p.signIn("demo", p.site, "bert") // the attacker's own, which they plant
	for name, planted := range map[string]string{"invented": strings.Repeat("A", 43), "another's": known} {
		for where, a := range map[string]answer{
			"query":     p.from("", "POST", "demo/auth/login_by_passwd", url.Values{"site": {p.site}, "ticket": {planted}}, url.Values{"name": {"anna"}, "passwd": {passwd}}),
			"form":      p.from("", "POST", "demo/auth/login_by_passwd", url.Values{"site": {p.site}}, url.Values{"name": {"anna"}, "passwd": {passwd}, "ticket": {planted}}),
			"header":    p.from("", "POST", "demo/auth/login_by_passwd", url.Values{"site": {p.site}}, url.Values{"name": {"anna"}, "passwd": {passwd}}, "Authorization", "Bearer "+planted),
			"cookie":    p.mapped("POST", "/api/auth/login_by_passwd?site="+p.site, map[string]string{"Cookie": "ticket=" + planted + "; SID=" + planted}, url.Values{"name": {"anna"}, "passwd": {passwd}}),
			"path, ;id": p.from("", "POST", "demo/auth/login_by_passwd", url.Values{"site": {p.site}, ";ticket": {planted}}, url.Values{"name": {"anna"}, "passwd": {passwd}}),
		} {
			got := a.json("data.ticket").String()
			if got == planted || len(got) < 40 || a.json("data.unm").String() != "anna" {
				t.Errorf("%s in the %s: %s", name, where, a.body)
			}
		}
		if a := p.get("demo/auth/checkme", "site", p.site, "ticket", planted); a.json("data.uid").String() == p.anna {
			t.Errorf("%s: the planted ticket is anna's now: %s", name, a.body)
		}
	}
}

// same is an answer without what differs between any two.
func same(a answer) string {
	h := a.header.Clone()
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length"} {
		h.Del(name)
	}
	body, _ := sjson.Delete(a.body, "requestId")
	return fmt.Sprint(a.status, h, body)
}

func TestAttackEnumerateByAnswer(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off", "--trust-proxy", "127.0.0.1")
	asks := map[string]func(who, addr string) answer{
		"sign-in": func(who, addr string) answer { return p.login(addr, who, "wrong password") },
		"password, unasked": func(who, addr string) answer {
			return p.from(addr, "POST", "demo/auth/chpasswd", url.Values{"site": {p.site}}, url.Values{"account": {who}, "oldpwd": {"wrong password"}, "newpwd": {"another good one"}})
		},
		"password, by code": func(who, addr string) answer {
			return p.from(addr, "POST", "demo/auth/resetpasswd", url.Values{"site": {p.site}}, url.Values{"account": {who}, "vcode": {"000000"}, "newpwd": {"another good one"}})
		},
		"getaccount": func(who, addr string) answer {
			if strings.HasPrefix(who, "who") {
				return answer{} // names are public
			}
			return p.from(addr, "GET", "demo/auth/getaccount", url.Values{"site": {p.site}, "uid": {who}}, nil)
		},
		"accounts": func(who, addr string) answer {
			return p.from(addr, "GET", "demo/auth/accounts", url.Values{"site": {p.site}, "q": {`{nm:"` + who + `"}`}}, nil)
		},
		"captcha": func(who, addr string) answer {
			a := p.from(addr, "GET", "demo/auth/captcha", url.Values{"site": {p.site}, "account": {who}, "scene": {"robot"}}, nil)
			return answer{a.status, http.Header{"Content-Type": a.header["Content-Type"]}, ""}
		},
	}
	n := 0
	for name, ask := range asks {
		for _, way := range []string{"nm", "phone", "email"} {
			seen := map[string]string{}
			for _, kind := range []string{"known", "bare", "unknown"} {
				seen[p.tries(ask, kind, way, &n)] += kind + " "
			}
			if len(seen) != 1 {
				t.Errorf("%s by %s tells kinds apart:\n%v", name, way, seen)
			}
		}
	}
}

// tries gives the answers to somebody of a kind who fails until they are locked, and
// while they are. The first lock lasts a second: where all is so slow that it was over,
// somebody else is asked.
func (p *people) tries(ask func(who, addr string) answer, kind, way string, n *int) string {
	p.t.Helper()
	for {
		*n++
		who := p.somebody(kind, way, *n)
		var all []string
		var locks time.Time
		for try := range 7 {
			if try == 4 {
				locks = time.Now()
			}
			all = append(all, same(ask(who, fmt.Sprintf("203.0.%d.%d", *n%250, try))))
		}
		if time.Since(locks) < time.Second {
			return strings.ReplaceAll(strings.Join(all, "\n"), who, "WHO")
		}
	}
}

// somebody is the name, phone number or address of a new account, or of nobody.
func (p *people) somebody(kind, way string, n int) string {
	p.t.Helper()
	who := map[string]string{"nm": fmt.Sprint("who", n), "phone": fmt.Sprint(13800000000 + n), "email": fmt.Sprintf("w%d@example.com", n)}[way]
	switch kind {
	case "known":
		p.newPerson("demo", way+":"+quote(who))
	case "bare":
		p.must("-d", "demo", "www", "account", "~/www", "-new", "{"+way+":"+quote(who)+"}")
	}
	return who
}

// TestAttackEnumerateByLock locks one way in and looks whether the other is locked
// too: it must not depend on whether somebody has the number.
func TestAttackEnumerateByLock(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off", "--trust-proxy", "127.0.0.1")
	seen := map[string]string{}
	for n, kind := range []string{"known", "bare", "unknown"} {
		who := p.somebody(kind, "phone", n)
		for try := range 6 {
			p.login(fmt.Sprintf("203.0.%d.%d", n, try), who, "wrong password")
		}
		a := p.from("203.0.113.9", "POST", "demo/auth/resetpasswd", url.Values{"site": {p.site}}, url.Values{"account": {who}, "vcode": {"000000"}, "newpwd": {"another good one"}})
		seen[a.json("errCode").String()] += kind + " "
	}
	if len(seen) != 1 {
		t.Errorf("%v", seen)
	}
}

func TestAttackTicketInRefererAndLogs(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off", "-v")
	p.must("grant", "demo", "host", "demo.example")
	p.write("demo", "www/index.html", "<p>")
	p.write("demo", ".regapi/api/breaks", "{history:{},hismetas:[\"http-url\",\"http-qs\",\"http-header-REFERER\"]}\n%COPY:\ncat id:${id} | json -get ticket.x.y\n%END%\n")
	ticket := p.signIn("demo", p.site, "anna")
	const typed = "a-password-that-was-typed-wrong"
	q := url.Values{"site": {p.site}, "ticket": {ticket}, "passwd": {typed}}
	referer := "http://demo.example/page?ticket=" + ticket + "&passwd=" + typed
	p.login("", "anna", typed)
	p.login("", typed, typed)
	for _, name := range []string{"checkme", "setme", "logins", "getaccount", "../breaks", "site", "accounts"} {
		p.from("", "POST", "demo/auth/"+name, q, url.Values{"ticket": {ticket}, "passwd": {typed}}, "Referer", referer)
		p.from("", "GET", "demo/auth/"+name, q, nil, "Referer", referer, "Cookie", "ticket="+ticket, "Authorization", "Bearer "+ticket)
	}
	for _, path := range []string{"/?ticket=" + ticket, "/none?ticket=" + ticket, "/api/breaks?ticket=" + ticket} {
		a := p.mapped("GET", path, map[string]string{"Referer": referer}, nil)
		if a.header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: a browser tells other sites this address: %v", path, a.header)
		}
	}
	p.stop()
	log := p.errs.String()
	if !strings.Contains(log, "path=/api/demo/auth/checkme") || !strings.Contains(log, "ticket=***") {
		t.Fatalf("the log holds no requests:\n%s", log)
	}
	for _, secret := range []string{ticket, typed, passwd} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
		for _, file := range holding(t, p.dir, secret) {
			t.Errorf("%s holds %q", file, secret)
		}
	}
}

// holding are the files below a folder that hold a text.
func holding(t *testing.T, dir, text string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) || strings.Contains(path, text) {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAttackHostileOrigin(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("grant", "demo", "host", "demo.example")
	p.write("demo", ".regapi/api/rename", "{\"http-www-ticket\":\"cookie:SID\"}\n%COPY:\nwww checkme ${http-www-site} ${http-www-ticket?} -u '{nickname:\"${http-qs-to}\"}' -ajax -cqn\n%END%\n")
	ticket := p.signIn("demo", p.site, "anna")
	name := func() string {
		return p.get("demo/auth/checkme", "site", p.site, "ticket", ticket).json("data.me.nickname").String()
	}
	own := p.mapped("POST", "/api/rename?to=Mine&site="+p.site, map[string]string{"Cookie": "SID=" + ticket, "Origin": "http://demo.example", "Sec-Fetch-Site": "same-origin"}, url.Values{})
	if name() != "Mine" {
		t.Fatalf("the page's own request: %s", own.body)
	}
	for _, origin := range []string{"https://evil.example", "null", "http://demo.example.evil.example", "http://evil.example/demo.example", "http://demo.example:81", "file://", ""} {
		for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
			header := map[string]string{"Cookie": "SID=" + ticket, "Origin": origin, "Sec-Fetch-Site": "cross-site"}
			if origin == "" {
				delete(header, "Origin") // a link or a form of an old page
			}
			a := p.mapped(method, "/api/rename?to=Evil&site="+p.site, header, nil)
			if a.status != 403 || a.json("errCode").String() != "e.api.origin" {
				t.Errorf("%s %q: %d %s", method, origin, a.status, a.body)
			}
		}
		pre := p.mapped("OPTIONS", "/api/rename", map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST"}, nil)
		got := p.mapped("GET", "/api/auth/checkme?site="+p.site+"&ticket="+ticket, map[string]string{"Origin": origin}, nil)
		for _, a := range []answer{pre, got} {
			for h := range a.header {
				if strings.HasPrefix(h, "Access-Control-Allow") {
					t.Errorf("%q is told %s: %v", origin, h, a.header[h])
				}
			}
		}
	}
	if name() != "Mine" {
		t.Errorf("anna is called %s now", name())
	}
	shared := p.from("", "POST", "demo/rename", url.Values{"site": {p.site}, "to": {"Evil"}}, url.Values{}, "Cookie", "SID="+ticket)
	if shared.json("ok").Bool() {
		t.Errorf("a cookie signs in on a shared host: %s", shared.body)
	}
}

func TestAttackSetmeOfWhatIsNotOnesOwn(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	ticket := p.signIn("demo", p.site, "anna")
	record := func() string { return p.must("-d", "demo", "www", "account", "~/www", "anna", "-cqn") }
	before := record()
	hash := holding(t, p.path("demo", "accounts", "index"), "$argon2id$")
	for _, body := range []string{
		`{"role":"admin"}`, `{"Role":"admin"}`, `{"ROLE":["admin"]}`, `{"\u0072ole":"admin"}`, `{"nickname":"x","role":"admin"}`,
		`{"role":"member","role":"admin"}`, `{role:'admin'}`, `{"role.0":"admin"}`, `{"ro\\le":"admin"}`, `{"role|x":1}`, `{"@pretty":1}`,
		`{"passwd":"hackhackhack"}`, `{"passwd":null}`, `{"salt":"x"}`, `{"__ep":"x"}`, `{"__x":1}`,
		`{"id":"` + p.bert + `"}`, `{"ID":"x"}`, `{"phone":"13910110022"}`, `{"email":"bert@example.com"}`, `{"grp":"root"}`,
		`{"login":1}`, `{"ct":1}`, `{"lm":1}`, `{"expi":1}`, `{"th_live":-1}`, `{"th_set":"x"}`, `{"oauth_wx":"x"}`, `{"wx_gh_main":"x"}`, `{"data_x":1}`,
		`{"nm":"bert"}`, `{"nm":"13910110022"}`, `{"nm":"bert@example.com"}`, `{"nm":"id:` + p.bert + `"}`, `{"nm":"` + p.bert + `"}`,
		`[{"role":"admin"}]`, `"role"`, `{"role":`, ``,
	} {
		a := p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, body)
		if a.json("ok").Bool() && body != "" || a.status >= 500 {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for _, form := range [][]string{{"role", "admin"}, {"passwd", "hackhackhack"}, {"id", p.bert}} {
		p.post("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, form...)
		p.post("demo/auth/setme", append([]string{"site", p.site, "ticket", ticket}, form...))
	}
	if after := record(); after != before {
		t.Errorf("the account was\n%s and is\n%s", before, after)
	}
	if now := holding(t, p.path("demo", "accounts", "index"), "$argon2id$"); len(now) != len(hash) {
		t.Errorf("hashes: %v, %v", hash, now)
	}
	p.signIn("demo", p.site, "anna")
	if a := p.login("", "anna", "hackhackhack"); a.json("ok").Bool() {
		t.Error("the password was changed")
	}
}

func TestAttackReadPrivateFieldsByUID(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	p.must("-d", "demo", "www", "account", "~/www", "bert", "-u", `{secretnote:"only mine",role:"admin",__inner:"x"}`)
	anna, foreign := p.signIn("demo", p.site, "anna"), p.signIn("other", p.foreign, "anna")
	for who, ticket := range map[string]string{"a stranger": "", "anna": anna, "a ticket of another domain": foreign, "rubbish": "xyz"} {
		for _, uid := range []string{p.bert, "id:" + p.bert, "bert"} {
			for _, how := range []answer{
				p.get("demo/auth/getaccount", "site", p.site, "uid", uid, "ticket", ticket),
				p.from("", "GET", "demo/auth/getaccount", url.Values{"site": {p.site}, "uid": {uid}}, nil, "Authorization", "Bearer "+ticket),
			} {
				if !how.json("ok").Bool() || how.json("data.nm").String() != "bert" {
					t.Errorf("%s %s: %s", who, uid, how.body)
				}
				for _, private := range []string{"13910110022", "bert@example.com", "only mine", "argon2", "admin", "__inner", "login"} {
					if strings.Contains(how.body, private) {
						t.Errorf("%s reads %q of %s: %s", who, private, uid, how.body)
					}
				}
			}
		}
		for _, uid := range []string{"13910110022", "bert@example.com", `{"nm":"bert"}`, `^b`, "*"} {
			if a := p.get("demo/auth/getaccount", "site", p.site, "uid", uid, "ticket", ticket); a.json("ok").Bool() {
				t.Errorf("%s finds bert by %s: %s", who, uid, a.body)
			}
		}
		if a := p.get("demo/auth/accounts", "site", p.site, "ticket", ticket, "q", `{nm:"bert"}`); a.status != 403 {
			t.Errorf("%s lists accounts: %d %s", who, a.status, a.body)
		}
	}
	admin := p.signIn("demo", p.site, "bert")
	if a := p.get("demo/auth/getaccount", "site", p.site, "uid", p.anna, "ticket", admin); a.json("data.phone").String() != "13910110011" || strings.Contains(a.body, "argon2") {
		t.Errorf("who may read accounts: %s", a.body)
	}
}
