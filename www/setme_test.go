package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// People write the fields of their profile and those that their site lists, and no
// other: what an owner keeps in an account is the owner's.
func TestPeopleWriteTheFieldsThatTheirSiteLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	me := w.request("192.0.2.1", ticket)
	set := func(fields string) (string, error) {
		if out, err := me.run(`www checkme ~/www ` + ticket + ` -u '` + fields + `'`); err != nil {
			return out, err
		}
		return me.run(`www account ~/www xiaobai -u '` + fields + `'`)
	}
	refused := func(field string) {
		t.Helper()
		before := w.record("xiaobai")
		for _, line := range []string{`www checkme ~/www ` + ticket, `www account ~/www xiaobai`} {
			_, err := me.run(line + ` -u '{"` + field + `":5,zzz:1}'`)
			if e := domain.AsError(err); e.Code != "e.auth.account.field" || e.Data != field || !strings.Contains(e.Detail, field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		if now := w.record("xiaobai"); now != before {
			t.Errorf("%s: it is %s", field, now)
		}
	}
	for _, field := range []string{"balance", "verified", "level", "Nickname", "vip", "a.b", "th_live", "phone", "role", "title"} {
		refused(field)
	}
	if _, err := set(`{nm:"xiaobai",nickname:"N",thumb:"https://example.com/x.png",sex:1,country:"CN",province:"P",city:"C"}`); err != nil {
		t.Error(err)
	}
	w.owner().must(`www site ~/www -u '{setme:["nickname","motto","role","phone","__x"]}'`)
	if _, err := set(`{nickname:"N",motto:"carpe"}`); err != nil {
		t.Error(err)
	}
	for _, field := range []string{"balance", "city", "nm", "role", "phone", "__x"} {
		refused(field)
	}
	w.owner().must(`www site ~/www -u '{setme:[]}'`)
	refused("nickname")
	for _, bad := range []string{`"nickname"`, `true`, `{balance:true}`} {
		w.owner().must(`www site ~/www -u '{setme:` + bad + `}'`)
		refused("balance")
		if faults := w.s.Check(w.d); len(faults) != 1 || !faults[0].Warn {
			t.Errorf("%s: %v", bad, faults)
		}
	}
	w.owner().must(`www site ~/www -u '{setme:["role"]}'`)
	if faults := w.s.Check(w.d); len(faults) != 1 || !strings.Contains(faults[0].MsgIn(domain.EN), "role") {
		t.Errorf("%v", faults)
	}
}

// thing.json guards fields: a person never writes one of themselves, and who edits
// accounts needs the permission that it names.
func TestGuardedFieldsTakeTheirPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`thing ~/accounts init -fields '{uniqueKeys:[{name:"nm"},{name:"phone"},{name:"email"}],fields:[{key:"level",guard:"account.level"},{key:"balance",guard:"owner"},{key:"addr.zip",guard:"account.level"}]}'`)
	w.owner().must(`www site ~/www -u '{setme:["nickname","level","balance","addr"]}'`)
	w.owner().must(`www role ~/www editor -u '{pvg:["account.edit"]}'; www role ~/www chief -u '{pvg:["account.edit","account.level"]}'`)
	w.owner().must(`www account ~/www -new '{nm:"ed",role:"editor"}'; www account ~/www -new '{nm:"chief",role:"chief"}'`)
	mine := w.signIn("xiaobai")
	me, ed, chief := w.request("", mine), w.request("", w.signIn("ed")), w.request("", w.signIn("chief"))
	for _, field := range []string{"level", "balance", "addr"} {
		me.fails("e.auth.account.field", `www checkme ~/www `+mine+` -u '{`+field+`:5}'`)
	}
	ed.must(`www account ~/www xiaobai -u '{nickname:"N",other:1}'`)
	ed.fails("e.auth.nopvg", `www account ~/www xiaobai -u '{level:5}'`)
	ed.fails("e.auth.nopvg", `www account ~/www xiaobai -u '{addr:{zip:1}}'`)
	ed.fails("e.auth.nopvg", `www account ~/www -new '{nm:"new",level:5}'`)
	ed.fails("e.auth.account.field", `www account ~/www xiaobai -u '{balance:5}'`)
	chief.must(`www account ~/www xiaobai -u '{level:5}'`)
	chief.fails("e.auth.account.field", `www account ~/www xiaobai -u '{balance:5}'`)
	w.owner().must(`www account ~/www xiaobai -u '{balance:5}'`)
	me.must(`thing ~/accounts update ` + w.stored("xiaobai", "id") + ` -inc '{balance:1}'`) // the script says it
	if got := w.stored("xiaobai", "balance"); got != "6" {
		t.Errorf("balance %s", got)
	}
}

// A page without a script sends a form: it changes what JSON changes, and no more.
func TestAPersonChangesTheirFieldsByAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	me := w.request("192.0.2.1", ticket)
	me.env.Request.Header = func(string) string { return "Application/x-www-form-urlencoded; charset=UTF-8" }
	set := func(body string) (string, error) {
		return me.runWith(shell.MapVars{"body": body}, `echo -n ${body} | www checkme ~/www `+ticket+` -u -c`)
	}
	out, err := set("nickname=%E5%B0%8F+%E7%99%BD&sex=2&city=&nickname=second&ticket=" + ticket + "&site=" + w.site().ID + "\r\n")
	if got := gjson.Get(out, "me"); err != nil || got.Get("nickname").Str != "小 白" || got.Get("sex").Int() != 2 || got.Get("city").Str != "" {
		t.Errorf("%v %s", err, out)
	}
	if out, err := set(` {nickname:"by JSON"}`); err != nil || gjson.Get(out, "me.nickname").Str != "by JSON" {
		t.Errorf("JSON that is called a form: %v %s", err, out)
	}
	before := w.record("xiaobai")
	for body, code := range map[string]string{
		"nickname=x&role=admin": "e.auth.account.field", "%72ole=admin": "e.auth.account.field", "passwd=x": "e.auth.account.field",
		"nickname=x&level=5": "e.auth.account.field", "nickname": "", "nm=13910110022": "e.auth.account.field", "sex=3x": "e.thing.fld.regex", "nickname=%ff": "e.json",
		"ticket=another&nickname=x": "e.auth.account.field", "": "e.json",
	} {
		if _, err := set(body); domain.CodeOf(err) != code {
			t.Errorf("%s: %v", body, err)
		}
		if code == "" {
			before = w.record("xiaobai")
		} else if now := w.record("xiaobai"); now != before {
			t.Errorf("%s: it is %s", body, now)
		}
	}
	me.env.Request.Header = func(string) string { return "" }
	if _, err := set("nickname=x"); domain.CodeOf(err) != "e.json" {
		t.Errorf("a form that is not called one: %v", err)
	}
}
