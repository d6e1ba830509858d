package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// Codes by phone and e-mail, over HTTP, with the outbox that a bare machine has.
func TestCodesContract(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	t.Run("sign up and in", func(t *testing.T) { testByCode(t, p) })
	t.Run("bind", func(t *testing.T) { testBind(t, p) })
	t.Run("reset", func(t *testing.T) { testResetByCode(t, p) })
	t.Run("failures", func(t *testing.T) { testSendFailures(t, p) })
	t.Run("parallel", func(t *testing.T) { testParallelSignUps(t, p) })
	t.Run("voices", func(t *testing.T) { testVoices(t, p) })
	t.Run("setavatar", func(t *testing.T) { testSetAvatar(t, p) })
}

// askCode asks for a code with a captcha that the owner has set.
func (p *people) askCode(endpoint, account string, more ...string) answer {
	p.t.Helper()
	p.must("-d", "demo", "www", "captcha", "~/www", "robot", account, "-code", "2468")
	return p.get("demo/auth/"+endpoint, append([]string{"site", p.site, "account", account, "captcha", "2468"}, more...)...)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// sentTo is the code in the outbox that went to a receiver last.
func (p *people) sentTo(to string) string {
	p.t.Helper()
	files, err := filepath.Glob(p.path("demo", ".domain", "outbox", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := len(files) - 1; i >= 0; i-- {
		text, err := os.ReadFile(files[i])
		if err != nil {
			p.t.Fatal(err)
		}
		if s := string(text); strings.Contains(s, to) {
			_, s, _ = strings.Cut(s, "Subject:")
			if s == "" {
				_, s, _ = strings.Cut(string(text), `"text"`)
			}
			return sixDigits.FindString(s)
		}
	}
	p.t.Fatalf("nothing was sent to %s", to)
	return ""
}

func testByCode(t *testing.T, p *people) {
	site := []string{"site", p.site}
	for _, c := range []struct{ get, login, account, to, key string }{
		{"get_sms_vcode", "login_by_phone", "13955550001", "+8613955550001", "phone"},
		{"get_email_vcode", "login_by_email", "Carl@Example.com", "carl@example.com", "email"},
	} {
		a := p.askCode(c.get, c.account)
		wantOK(t, a)
		for _, key := range []string{"scene", "account", "retry", "maxRetry", "expi"} {
			if !a.json("data." + key).Exists() {
				t.Errorf("%s: no %s in %s", c.get, key, a.body)
			}
		}
		code := p.sentTo(c.to)
		if len(code) != 6 || strings.Contains(a.body, code) {
			t.Errorf("code %q, answer %s", code, a.body)
		}
		wait := p.askCode(c.get, c.account)
		wantCode(t, wait, 200, "e.auth.vcode.wait")
		if n := wait.json("data").Int(); n < 1 || n > 60 {
			t.Errorf("wait %s", wait.body)
		}
		wantCode(t, p.post("demo/auth/"+c.login, site, "name", c.account, "vcode", "000000"), 200, "e.auth.captcha.invalid")
		wantCode(t, p.post("demo/auth/"+c.login, site, "name", "not one", "vcode", code), 200, "e.auth.login.NoPhoneOrEmail")
		in := p.post("demo/auth/"+c.login, site, "name", c.account, "vcode", code)
		wantOK(t, in)
		if in.json("data.me.role").String() != "member" || in.json("data.by_tp").String() != "web_vcode" || !in.json("data.me."+c.key).Exists() {
			t.Errorf("%s: %s", c.login, in.body)
		}
		wantCode(t, p.post("demo/auth/"+c.login, site, "name", c.account, "vcode", code), 200, "e.auth.captcha.invalid")
		wantCode(t, p.get("demo/auth/"+c.get, "site", p.site, "account", c.account), 200, "e.auth.captcha.invalid")
	}
	wantCode(t, p.askCode("get_sms_vcode", "a@example.com"), 200, "e.auth.login.NoPhoneOrEmail")
	wantCode(t, p.askCode("get_email_vcode", "13955550001"), 200, "e.auth.login.NoPhoneOrEmail")
}

func testBind(t *testing.T, p *people) {
	p.newPerson("demo", `nm:"dora"`)
	ticket := p.signIn("demo", p.site, "dora")
	me := []string{"site", p.site, "ticket", ticket}
	wantOK(t, p.askCode("get_sms_vcode", "13955550002"))
	code := p.sentTo("+8613955550002")
	wantCode(t, p.post("demo/auth/bind_account", me, "name", "13955550003", "vcode", code), 200, "e.auth.captcha.invalid")
	wantCode(t, p.post("demo/auth/bind_account", []string{"site", p.site}, "name", "13955550002", "vcode", code), 200, "e.www.api.auth.nologin")
	a := p.post("demo/auth/bind_account", me, "name", "+86 139 5555 0002", "vcode", code)
	wantOK(t, a)
	if a.json("data.me.phone").String() != "13955550002" || a.json("data.ticket").String() == ticket {
		t.Errorf("bind: %s", a.body)
	}
	wantCode(t, p.get("demo/auth/checkme", me...), 200, "e.auth.ticked.noexist")
	me[3] = a.json("data.ticket").String()
	wantOK(t, p.askCode("get_sms_vcode", "13910110011"))
	wantCode(t, p.post("demo/auth/bind_account", me, "name", "13910110011", "vcode", p.sentTo("+8613910110011")), 200, "e.auth.account.taken")
}

func testResetByCode(t *testing.T, p *people) {
	wantOK(t, p.askCode("get_email_vcode", "bert@example.com", "scene", "resetpasswd"))
	code := p.sentTo("bert@example.com")
	reset := func(account, code, scene string) answer {
		return p.postJSON("demo/auth/resetpasswd", []string{"site", p.site},
			fmt.Sprintf(`{"account":%q,"vcode":%q,"scene":%q,"newpwd":"another long password"}`, account, code, scene))
	}
	wantCode(t, reset("anna@example.com", code, "resetpasswd"), 200, "e.auth.captcha.invalid")
	wantCode(t, reset("bert@example.com", code, "auth"), 200, "e.auth.captcha.invalid")
	wantOK(t, reset("bert@example.com", code, "resetpasswd"))
	wantOK(t, p.post("demo/auth/login_by_passwd", []string{"site", p.site}, "name", "bert", "passwd", "another long password"))
}

func testSendFailures(t *testing.T, p *people) {
	p.write("other", ".domain/domain.json", `{senders:{sms:{use:"pigeon"},mail:{from:"nobody"}}}`)
	for endpoint, c := range map[string][2]string{
		"get_sms_vcode":   {"13955550008", "e.www.captcha.fail_send_by_sms"},
		"get_email_vcode": {"x@example.com", "e.www.captcha.fail_send_by_email"},
	} {
		p.must("-d", "other", "www", "captcha", "~/www", "robot", c[0], "-code", "2468")
		wantCode(t, p.get("other/auth/"+endpoint, "site", p.foreign, "account", c[0], "captcha", "2468"), 200, c[1])
	}
}

func testParallelSignUps(t *testing.T, p *people) {
	const phone = "13955550004"
	wantOK(t, p.askCode("get_sms_vcode", phone))
	code := p.sentTo("+86" + phone)
	var all sync.WaitGroup
	ok := make(chan string, 8)
	for range 8 {
		all.Go(func() {
			a := p.post("demo/auth/login_by_phone", []string{"site", p.site}, "name", phone, "vcode", code)
			if a.json("ok").Bool() {
				ok <- a.json("data.uid").String()
			}
		})
	}
	all.Wait()
	close(ok)
	var in []string
	for uid := range ok {
		in = append(in, uid)
	}
	if len(in) != 1 {
		t.Errorf("one code let in %q", in)
	}
	if list := p.must("-d", "demo", "www", "account", "~/www", `{phone:"`+phone+`"}`, "-cqn"); strings.Count(list, phone) != 1 {
		t.Errorf("accounts: %s", list)
	}
}

func testVoices(t *testing.T, p *people) {
	sizes := map[string]bool{}
	for _, lang := range []string{"zh", "en"} {
		a := p.get("demo/auth/captcha", "site", p.site, "account", "anna", "as", "audio", "lang", lang)
		if a.status != 200 || !strings.HasPrefix(a.body, "RIFF") || !strings.Contains(a.header.Get("Content-Type"), "audio/") {
			t.Errorf("%s: %d %s", lang, a.status, a.header.Get("Content-Type"))
		}
		sizes[a.body[:min(len(a.body), 400)]] = true
	}
	if len(sizes) != 2 {
		t.Error("two voices sound alike")
	}
}

func testSetAvatar(t *testing.T, p *people) {
	ticket := p.signIn("demo", p.site, "anna")
	set := func(ticket, body string) answer {
		return p.do("POST", "demo/auth/setavatar", pairs([]string{"site", p.site, "ticket", ticket}), "image/png", body)
	}
	wantCode(t, set("nosuch", onePixel), 200, "e.auth.ticked.noexist")
	wantCode(t, set(ticket, `<svg onload="alert(1)"/>`), 200, "e.cmd.arg")
	wantCode(t, set(ticket, ""), 200, "e.cmd.arg")
	wantOK(t, set(ticket, onePixel))
	a := p.get("demo/auth/avatar", "site", p.site, "uid", p.anna)
	if a.status != 200 || a.body != onePixel || a.header.Get("Content-Type") != "image/png" {
		t.Errorf("avatar: %d %q", a.status, a.body)
	}
}

func TestWeChatContract(t *testing.T) {
	t.Parallel()
	wx := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch q := r.URL.Query(); {
		case q.Get("secret") != "s3cret":
			fmt.Fprint(w, `{"errcode":40125}`)
		case q.Get("js_code") == "good":
			fmt.Fprint(w, `{"openid":"o1","session_key":"k"}`)
		case q.Get("js_code") == "mine":
			fmt.Fprint(w, `{"openid":"o2","session_key":"k"}`)
		case q.Get("js_code") == "often":
			fmt.Fprint(w, `{"errcode":45011}`)
		default:
			fmt.Fprint(w, `{"errcode":40029}`)
		}
	}))
	t.Cleanup(wx.Close)
	p := newPeople(t, "--limits", "off")
	p.write("demo", ".domain/secrets/wx", "s3cret")
	if err := os.Chmod(p.path("demo", ".domain", "secrets", "wx"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.write("demo", ".domain/domain.json", `{weixin:{base:"`+wx.URL+`",mp:{appid:"wx1",secret:"file:secrets/wx"}}}`)
	p.must("grant", "demo", "network", strings.TrimPrefix(wx.URL, "http://"))
	for _, method := range []string{"GET", "POST"} {
		a := p.do(method, "demo/auth/login_by_wxcode", pairs([]string{"site", p.site, "code", "good"}), "", "")
		wantOK(t, a)
		if a.json("data.by_tp").String() != "wx_mp_main" || a.json("data.me.role").String() != "member" {
			t.Error(a.body)
		}
	}
	for code, want := range map[string]string{"bad": "e.auth.login.invalid.wxCode", "": "e.auth.login.invalid.wxCode", "often": "e.weixin.limit"} {
		wantCode(t, p.get("demo/auth/login_by_wxcode", "site", p.site, "code", code), 200, want)
	}
	wantCode(t, p.get("demo/auth/login_by_wxcode", "site", p.site, "code", "good", "ct", "tv"), 200, "e.auth.login.invalid.wxCodeType")
	wantCode(t, p.get("demo/auth/login_by_wxcode", "site", p.site, "code", "good", "ct", "gh"), 200, "e.auth.login.invalid.wxCodeType")
	me := []string{"site", p.site, "ticket", p.signIn("demo", p.site, "anna")}
	wantCode(t, p.post("demo/auth/bind_wxcode", me, "code", "good"), 200, "e.auth.account.taken")
	bound := p.post("demo/auth/bind_wxcode", me, "code", "mine")
	wantOK(t, bound)
	if bound.json("data.me.wx_mp_main").String() != "o2" || bound.json("data.ticket").String() == me[3] {
		t.Error(bound.body)
	}
	wantCode(t, p.post("demo/auth/bind_wxcode", me, "code", "mine"), 200, "e.auth.ticked.noexist")
	wantCode(t, p.post("demo/auth/bind_wxcode", me[:2], "code", "mine"), 200, "e.www.api.auth.nologin")
	wantCode(t, p.get("other/auth/login_by_wxcode", "site", p.foreign, "code", "good"), 200, "e.www.api.auth.fail_login")
}
