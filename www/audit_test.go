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

// wantAudit checks the lines of demo's audit.
func (w *world) wantAudit(want ...string) {
	w.t.Helper()
	if got := w.audited(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
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
	ticket = gjson.Get(w.request(from, ticket).must(`www passwd ~/www -ticket `+ticket+` -check '{oldpwd:"`+passwd+`",newpwd:"another good one"}'`), "ticket").String()
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
	w.wantAudit(want...)
	raw := w.owner().must(`history audit query -limit 1000`)
	for _, secret := range []string{ticket, passwd, "another good one", "my secret", "wrong password"} {
		if strings.Contains(raw, secret) {
			t.Errorf("the audit holds %q", secret)
		}
	}
}

func TestAuditTellsOfAccountsThatSignInsMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/a": "oA/uA", "wx2/a": "oA2/uA"})
	const from = "192.0.2.1"
	for _, as := range [][2]string{{"sms", "13911112222"}, {"email", "new@example.com"}} {
		if _, err := w.ask("", "auth", as[1], as[0]); err != nil {
			t.Fatal(err)
		}
		line := `www auth ~/www ` + as[1] + ` -v ` + w.sent()
		w.owner().must(`history audit clear`)
		w.api(from).must(line + ` -create`)
		made := gjson.Parse(w.owner().must(`history audit query '{act:"account.new"}'`)).Array()
		if len(made) != 1 || made[0].Get("to").String() != masked(as[1]) || made[0].Get("who").String() != made[0].Get("whom").String() {
			t.Errorf("%s: %s", as[0], made)
		}
		w.wantAudit("account.new/true//self/"+as[1]+"/192.0.2.1/web_vcode", "signin/true//self/"+as[1]+"/192.0.2.1/web_vcode")
	}
	w.owner().must(`history audit clear`)
	uid := gjson.Get(w.api(from).must(`www auth ~/www a -wxcode mp -create`), "uid").String()
	w.api(from).must(`www auth ~/www a -wxcode mp -create`)
	w.api(from).must(`www auth ~/www a -wxcode gh -wxapp shop -create`)
	ticket := w.signIn("xiaobai")
	w.request(from, ticket).fails("e.auth.account.taken", `www auth ~/www a -wxcode mp -ticket `+ticket)
	w.owner().must(`www auth ~/www fresh -p 'long enough for all' -create`)
	w.wantAudit("account.new/true//self/"+uid+"/192.0.2.1/wx_mp_main",
		"signin/true//self/"+uid+"/192.0.2.1/wx_mp_main",
		"signin/true//self/"+uid+"/192.0.2.1/wx_mp_main",
		"account/true//self/"+uid+"/192.0.2.1/wx_gh_shop",
		"signin/true//self/"+uid+"/192.0.2.1/wx_gh_shop",
		"signin/true//owner/xiaobai//owner",
		"bind/false/e.auth.account.taken/self/xiaobai/192.0.2.1/weixin",
		"account.new/true//owner/fresh//web_passwd",
		"signin/true//self/fresh//web_passwd")
}

func TestAuditTellsOfCodesBindingChildrenAndPictures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const from = "192.0.2.1"
	w.write("face.png", "\x89PNG\r\n\x1a\n")
	w.owner().must(`history audit clear`)
	if _, err := w.ask(from, "auth", "new@example.com", "email"); err != nil {
		t.Fatal(err)
	}
	code := w.sent()
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	w.api(from).fails(badCode, `www auth ~/www new@example.com -v `+wrong+` -create`)
	w.api(from).fails(badCode, `www auth ~/www xiaobai -p '`+passwd+`' -cap 1111`)
	ticket := w.signIn("xiaobai")
	w.request(from, ticket).fails(badCode, `www auth ~/www new@example.com -v `+wrong+` -ticket `+ticket)
	ticket = gjson.Get(w.request(from, ticket).must(`www auth ~/www new@example.com -v `+code+` -ticket `+ticket), "ticket").String()
	w.request(from, ticket).must(`www auth ~/www xiaobai -ticket ` + ticket)
	w.owner().must(`www avatar ~/www xiaobai -file ~/face.png`)
	w.request(from, ticket).fails("e.auth.passwd.old.invalid", `www passwd ~/www -ticket `+ticket+` -check '{oldpwd:"not this one",newpwd:"another good one"}'`)
	w.owner().must(`www captcha ~/www resetpasswd 13900000001 -code 123456`)
	w.api(from).must(`www passwd ~/www -check '{account:"13900000001",vcode:"123456",newpwd:"another good one"}'`)
	id := gjson.Get(w.owner().must(`www auth ~/www xiaobai`), "id").String()
	w.owner().must(`www session ~/www xiaobai -revoke ` + id)
	w.wantAudit("code/true//owner///set robot",
		"code/true////192.0.2.1/mail auth",
		"signin/false/"+badCode+"///192.0.2.1/web_vcode",
		"signin/false/"+badCode+"///192.0.2.1/captcha",
		"signin/true//owner/xiaobai//owner",
		"bind/false/"+badCode+"/self/xiaobai/192.0.2.1/",
		"account/true//self/xiaobai/192.0.2.1/email",
		"bind/true//self/xiaobai/192.0.2.1/",
		"session.child/true//self/xiaobai/192.0.2.1/",
		"account/true//owner/xiaobai//thumb",
		"passwd/false/e.auth.passwd.old.invalid/self/xiaobai/192.0.2.1/",
		"code/true//owner///set resetpasswd",
		"passwd/true//self/xiaobai/192.0.2.1/",
		"signin/true//owner/xiaobai//owner",
		"session.end/true//owner/xiaobai//revoke")
	if raw := w.owner().must(`history audit query -limit 1000`); strings.Contains(raw, code) || strings.Contains(raw, "123456") || strings.Contains(raw, "new@") {
		t.Errorf("a code or an address: %s", raw)
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
