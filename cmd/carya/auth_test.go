package main

import (
	"strings"
	"testing"
	"time"
)

// The auth pack's contract, call by call, against the built program.
func TestAuthContract(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	t.Run("site", func(t *testing.T) { testSite(t, p) })
	t.Run("sign in", func(t *testing.T) { testSignIn(t, p) })
	t.Run("session", func(t *testing.T) { testTickets(t, p) })
	t.Run("setme", func(t *testing.T) { testSetme(t, p) })
	t.Run("getaccount", func(t *testing.T) { testGetAccount(t, p) })
	t.Run("accounts", func(t *testing.T) { testAccounts(t, p) })
	t.Run("captcha", func(t *testing.T) { testCaptcha(t, p) })
	t.Run("passwd", func(t *testing.T) { testPasswd(t, p) })
	t.Run("logout", func(t *testing.T) { testLogout(t, p) })
	t.Run("avatar", func(t *testing.T) { testAvatar(t, p) })
	t.Run("engine", func(t *testing.T) { testEngineErrors(t, p) })
}

func testSite(t *testing.T, p *people) {
	a := p.get("demo/auth/site")
	wantOK(t, a)
	if a.json("data.id").String() != p.site || a.json("data.race").String() != "DIR" {
		t.Errorf("site: %s", a.body)
	}
	if got := a.header.Get("Content-Type"); !strings.Contains(got, "json") {
		t.Errorf("Content-Type %q", got)
	}
}

func testSignIn(t *testing.T, p *people) {
	login := func(name, pass string) answer {
		return p.post("demo/auth/login_by_passwd", []string{"site", p.site}, "name", name, "passwd", pass)
	}
	for _, name := range []string{"anna", "13910110011", "anna@example.com", "ANNA@example.com"} {
		a := login(name, passwd)
		wantOK(t, a)
		if a.json("data.uid").String() != p.anna || a.json("data.me.nm").String() != "anna" || a.json("data.by_tp").String() != "web_passwd" {
			t.Errorf("%s: %s", name, a.body)
		}
		if a.json("data.me.passwd").Exists() || a.json("data.me.salt").Exists() {
			t.Errorf("%s: shows the password: %s", name, a.body)
		}
		if at := a.json("data.expi").Int(); at < time.Now().UnixMilli() {
			t.Errorf("%s: expi %d has passed", name, at)
		}
	}
	wantCode(t, login("anna", "wrong password"), 200, "e.auth.login.invalid.passwd")
	wantCode(t, login("nobody", passwd), 200, "e.auth.login.invalid.passwd")
	if login("anna", "x").body != login("nobody at all", "x").body {
		t.Error("an unknown account answers otherwise than a wrong password")
	}
	wantOK(t, p.postJSON("demo/auth/login_by_passwd", []string{"site", p.site}, `{"name":"bert","passwd":`+quote(passwd)+`}`))
	wantOK(t, p.post("demo/auth/login_by_passwd", nil, "name", "bert", "passwd", passwd))
	wantCode(t, p.post("demo/auth/login_by_passwd", []string{"site", "nosuchsite0000000000"}, "name", "anna", "passwd", passwd), 200, "e.www.site.noexists")
	wantCode(t, p.post("demo/auth/login_by_passwd", []string{"site", p.foreign}, "name", "anna", "passwd", passwd), 200, "e.www.site.noexists")
}

func testTickets(t *testing.T, p *people) {
	ticket := p.signIn("demo", p.site, "anna")
	ok := p.get("demo/auth/checkme", "site", p.site, "ticket", ticket)
	wantOK(t, ok)
	if ok.json("data.ticket").String() != ticket || ok.json("data.me.nickname").String() != "Anna" {
		t.Errorf("checkme: %s", ok.body)
	}
	foreign := p.signIn("other", p.foreign, "anna")
	wantCode(t, p.get("demo/auth/checkme", "site", p.site), 200, "e.www.api.auth.nologin")
	wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", "-nil-"), 200, "e.www.api.auth.nologin")
	wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", strings.Repeat("x", 43)), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("demo/auth/checkme", "site", p.short, "ticket", ticket), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", foreign), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("other/auth/checkme", "site", p.foreign, "ticket", ticket), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("demo/auth/checkme", "site", "nosuchsite0000000000", "ticket", ticket), 200, "e.www.site.noexists")
	wantCode(t, p.get("demo/auth/checkme", "site", "~/www", "ticket", ticket), 200, "e.www.site.noexists") // a request names a site by its id
	wantCode(t, p.get("demo/auth/checkme", "site", p.foreign, "ticket", ticket), 200, "e.www.site.noexists")
	wantCode(t, p.get("demo/auth/checkme", "ticket", ticket, "site", p.anna), 200, "e.www.site.noexists")

	brief := p.signIn("demo", p.short, "anna")
	until(t, 10*time.Second, "the session of one second expires", func() bool {
		return p.get("demo/auth/checkme", "site", p.short, "ticket", brief).json("errCode").String() == "e.auth.ticked.noexist"
	})
}

func testSetme(t *testing.T, p *people) {
	ticket := p.signIn("demo", p.site, "bert")
	me := []string{"site", p.site, "ticket", ticket}
	a := p.postJSON("demo/auth/setme", me, `{nickname:"小白", sex:2}`)
	wantOK(t, a)
	if a.json("data.me.nickname").String() != "小白" || a.json("data.me.sex").Int() != 2 {
		t.Errorf("setme: %s", a.body)
	}
	wantOK(t, p.post("demo/auth/setme", me, "nickname", "小白", "city", "苏 州")) // a form
	wantCode(t, p.post("demo/auth/setme", nil, "site", p.site, "ticket", ticket, "nickname", "changed", "role", "admin"), 200, "e.auth.account.field")
	for _, field := range []string{"id", "phone", "email", "role", "grp", "passwd", "salt", "oauth_x", "wx_mp", "login", "ct", "lm", "__x"} {
		a := p.postJSON("demo/auth/setme", me, `{"nickname":"changed","`+field+`":"x"}`)
		wantCode(t, a, 200, "e.auth.account.field")
	}
	if got := p.get("demo/auth/checkme", me...).json("data.me.nickname").String(); got != "小白" {
		t.Errorf("a refused setme changed the nickname to %q", got)
	}
	wantCode(t, p.postJSON("demo/auth/setme", me, `{"nm":"anna"}`), 200, "e.thing.ukey.duplicated")
	for _, bad := range []string{`{"nickname":`, `[1]`, `"text"`, `{"a":1`, `{]`} {
		a := p.postJSON("demo/auth/setme", me, bad)
		if a.json("ok").Bool() || (a.status != 200 && a.status != 400) {
			t.Errorf("setme %s: %d %s", bad, a.status, a.body)
		}
	}
	wantCode(t, p.postJSON("demo/auth/setme", []string{"site", p.site}, `{"nickname":"x"}`), 200, "e.www.api.auth.nologin")
	wantCode(t, p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", "no"}, `{"nickname":"x"}`), 200, "e.auth.ticked.noexist")
	wantCode(t, p.get("demo/auth/setme", me...), 405, "e.api.method")
}

func testGetAccount(t *testing.T, p *people) {
	a := p.get("demo/auth/getaccount", "site", p.site, "uid", p.anna)
	wantOK(t, a)
	if a.json("data.nickname").String() != "Anna" || a.json("data.city").String() != "Shanghai" {
		t.Errorf("getaccount: %s", a.body)
	}
	for _, field := range []string{"phone", "email", "role", "grp", "login", "passwd", "salt"} {
		if a.json("data." + field).Exists() {
			t.Errorf("getaccount shows %s to anybody: %s", field, a.body)
		}
	}
	for _, uid := range []string{"nosuchaccount0000000", "", "-nil-", "{role:'admin'}", "^.*", "*", "../" + p.anna} {
		wantCode(t, p.get("demo/auth/getaccount", "site", p.site, "uid", uid), 200, "e.auth.account.noexists")
	}
}

func testAccounts(t *testing.T, p *people) {
	ticket := p.signIn("demo", p.site, "anna")
	a := p.get("demo/auth/accounts", "site", p.site, "ticket", ticket)
	if strings.Contains(a.body, "13910110011") {
		t.Errorf("accounts without permission: %d %s", a.status, a.body)
	}
	wantCode(t, a, 403, "e.auth.nopvg")
	wantCode(t, p.get("demo/auth/accounts", "site", p.site), 403, "e.www.api.auth.nologin")
	boss := p.newPerson("demo", `nm:"boss",role:"admin"`)
	ticket = p.signIn("demo", p.site, "boss")
	a = p.get("demo/auth/accounts", "site", p.site, "ticket", ticket, "limit", "1", "sort", "{nm:1}")
	wantOK(t, a)
	if a.json("data.list.#").Int() != 1 || a.json("data.pager.sum").Int() < 3 || a.json("data.list.0.nm").String() != "anna" {
		t.Errorf("accounts: %s", a.body)
	}
	a = p.get("demo/auth/accounts", "site", p.site, "ticket", ticket, "q", `{nm:"^b",phone:"13910110022"}`)
	wantOK(t, a)
	if a.json("data.list.#").Int() != 1 || a.json("data.list.0.id").String() != p.bert {
		t.Errorf("accounts by match: %s", a.body)
	}
	if strings.Contains(a.body, "argon2") {
		t.Errorf("accounts shows passwords: %s", a.body)
	}
	all := p.get("demo/auth/getaccount", "site", p.site, "uid", p.anna, "ticket", ticket)
	if all.json("data.phone").String() != "13910110011" || boss == "" {
		t.Errorf("getaccount for one who may: %s", all.body)
	}
}

func testCaptcha(t *testing.T, p *people) {
	a := p.get("demo/auth/captcha", "site", p.site, "account", "anna")
	if a.status != 200 || a.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(a.body, "\x89PNG\r\n") {
		t.Errorf("captcha: %d %s %.40q", a.status, a.header.Get("Content-Type"), a.body)
	}
	a = p.get("demo/auth/captcha", "site", p.site, "account", "anna", "as", "audio")
	if a.status != 200 || !strings.HasPrefix(a.body, "RIFF") {
		t.Errorf("captcha as audio: %d %s %.40q", a.status, a.header.Get("Content-Type"), a.body)
	}
	wantCode(t, p.get("demo/auth/captcha", "site", p.foreign, "account", "anna"), 200, "e.www.site.noexists")
}

func testPasswd(t *testing.T, p *people) {
	p.newPerson("demo", `nm:"carl"`)
	first, second := p.signIn("demo", p.site, "carl"), p.signIn("demo", p.site, "carl")
	change := func(old, new string) answer {
		return p.postJSON("demo/auth/chpasswd", []string{"site", p.site, "ticket", first}, `{"oldpwd":`+quote(old)+`,"newpwd":`+quote(new)+`}`)
	}
	wantCode(t, change("not the old one", "another long password"), 200, "e.auth.passwd.old.invalid")
	wantCode(t, change(passwd, "short"), 200, "e.auth.passwd.new.invalid")
	wantCode(t, change(passwd, "password1"), 200, "e.auth.passwd.new.invalid")
	wantOK(t, p.get("demo/auth/checkme", "site", p.site, "ticket", second))
	a := change(passwd, "another long password")
	wantOK(t, a)
	if strings.Contains(a.body, "argon2") {
		t.Errorf("chpasswd shows the hash: %s", a.body)
	}
	wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", second), 200, "e.auth.ticked.noexist")
	wantCode(t, p.post("demo/auth/login_by_passwd", []string{"site", p.site}, "name", "carl", "passwd", passwd), 200, "e.auth.login.invalid.passwd")
	wantOK(t, p.post("demo/auth/login_by_passwd", []string{"site", p.site}, "name", "carl", "passwd", "another long password"))
}

func testLogout(t *testing.T, p *people) {
	for _, method := range []string{"GET", "POST"} {
		ticket := p.signIn("demo", p.site, "anna")
		a := p.do(method, "demo/auth/logout", pairs([]string{"site", p.site, "ticket", ticket}), "", "")
		wantOK(t, a)
		wantCode(t, p.get("demo/auth/checkme", "site", p.site, "ticket", ticket), 200, "e.auth.ticked.noexist")
	}
	wantCode(t, p.get("demo/auth/logout", "site", p.site), 200, "e.www.api.auth.nologin")
}

func testAvatar(t *testing.T, p *people) {
	if a := p.get("demo/auth/avatar", "site", p.site, "uid", p.anna); a.status != 404 {
		t.Errorf("no avatar yet: %d %s", a.status, a.body)
	}
	file := p.path("demo", "anna.png")
	p.write("demo", "anna.png", onePixel)
	p.must("-d", "demo", "www", "avatar", "~/www", "anna", "-file", "~/anna.png")
	a := p.get("demo/auth/avatar", "site", p.site, "uid", p.anna)
	if a.status != 200 || a.header.Get("Content-Type") != "image/png" || a.body != onePixel || a.header.Get("ETag") == "" {
		t.Errorf("avatar of %s: %d %v %q", file, a.status, a.header, a.body)
	}
}

// onePixel is the smallest PNG there is: one transparent pixel.
const onePixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"

func testEngineErrors(t *testing.T, p *people) {
	wantCode(t, p.get("demo/auth/nosuch"), 404, "e.api.noexists")
	wantCode(t, p.get("nosuch/auth/site"), 404, "e.api.noexists")
	wantCode(t, p.do("DELETE", "demo/auth/checkme", nil, "", ""), 405, "e.api.method")
	if allow := p.do("PUT", "demo/auth/setme", nil, "", "").header.Get("Allow"); !strings.Contains(allow, "POST") {
		t.Errorf("Allow: %q", allow)
	}
	big := `{"nickname":"` + strings.Repeat("x", 33<<20) + `"}`
	ticket := p.signIn("demo", p.site, "anna")
	wantCode(t, p.postJSON("demo/auth/setme", []string{"site", p.site, "ticket", ticket}, big), 413, "e.api.body.toolarge")
}
