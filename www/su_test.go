package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// account.su lets somebody look on as another person, not become them for good: who
// acts as somebody else sets nothing by which one signs in, at no door.
func TestWhoActsAsAnotherSetsNoCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.weixin(map[string]string{"wx1/hostile": "o-hostile"})
	w.owner().must(`www role ~/www boss -u '{pvg:{"account.*":true}}'`)
	w.owner().must(`www account ~/www -new '{nm:"bert",role:"boss",passwd:"` + passwd + `"}'`)
	w.owner().must(`www account ~/www -new '{nm:"anna"}'`) // has no password yet
	w.owner().must(`www account ~/www -new '{nm:"chef",role:"boss",passwd:"` + passwd + `"}'`)
	const next = "another long one"
	for _, name := range []string{"anna", "xiaobai", "chef"} {
		boss := w.signIn("bert")
		ticket := gjson.Get(w.request("192.0.2.1", boss).must(`www auth ~/www `+name+` -ticket `+boss), "ticket").String()
		me := w.request("192.0.2.1", ticket)
		id, before := w.stored(name, "id"), w.record(name)
		w.owner().must(`www captcha ~/www auth 13900000077 -code 4711`)
		w.owner().must(`www captcha ~/www resetpasswd 13900000001 -code 4711`)
		for _, line := range []string{
			`www passwd ~/www '` + next + `' -ticket ` + ticket,
			`www passwd ~/www '` + next + `' -ticket ` + ticket + ` -init`,
			`www passwd ~/www -ticket ` + ticket + ` -check '{oldpwd:"` + passwd + `",newpwd:"` + next + `"}'`,
			`www passwd ~/www -ticket ` + ticket + ` -check '{account:"13900000001",vcode:"4711",newpwd:"` + next + `"}'`,
			`www passwd ~/www '` + next + `' -u ` + name,
			`www passwd ~/www '` + next + `' -u bert`,
			`www auth ~/www 13900000077 -v 4711 -ticket ` + ticket,
			`www auth ~/www hostile -wxcode mp -ticket ` + ticket,
			`www account ~/www ` + id + ` -u '{passwd:"` + next + `"}'`,
			`www account ~/www ` + id + ` -u '{phone:"13900000077"}'`,
			`www account ~/www ` + id + ` -u '{email:"bert@example.com"}'`,
			`www account ~/www ` + id + ` -u '{wx_mp_wx1:"o-hostile"}'`,
			`www checkme ~/www ` + ticket + ` -u '{phone:"13900000077"}'`,
		} {
			out, err := me.run(line)
			if err == nil {
				t.Errorf("as %s: %s\n%s", name, line, out)
			}
		}
		if now := w.record(name); now != before {
			t.Errorf("%s was\n%s and is\n%s", name, before, now)
		}
		if out := me.must(`www checkme ~/www ` + ticket); strings.Contains(out, `"device"`) {
			t.Errorf("a device: %s", out)
		}
	}
	own := w.signIn("anna") // as by a code
	w.request("192.0.2.1", own).must(`www passwd ~/www '` + next + `' -ticket ` + own)
}

// A child session of one's own sets what its parent may.
func TestAChildOfOnesOwnSetsCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.signIn("xiaobai")
	child := gjson.Get(w.request("192.0.2.1", up).must(`www auth ~/www '' -ticket `+up), "ticket").String()
	w.owner().must(`www captcha ~/www auth 13900000077 -code 4711`)
	w.request("192.0.2.1", child).must(`www auth ~/www 13900000077 -v 4711 -ticket ` + child)
}

// record is an account as it is stored.
func (w *world) record(name string) string {
	w.t.Helper()
	who, err := w.s.person(w.t.Context(), w.site(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(who.body)
}
