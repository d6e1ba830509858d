package www

import (
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

const (
	badOld = "e.auth.passwd.old.invalid"
	badNew = "e.auth.passwd.new.invalid"
)

func TestPasswdTellsNobodyWhetherThereIsAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := w.request("192.0.2.1", "")
	for _, who := range []string{"xiaobai", "nobody", "13900000001", "13900000099"} {
		api.fails(badOld, `www passwd ~/www -u `+who+` -check '{oldpwd:"wrong",newpwd:"a third long one"}'`)
		api.fails(noRight, `www passwd ~/www 'a third long one' -u `+who)
		api.fails("e.www.api.auth.nologin", `www passwd ~/www -check '{account:"`+who+`",oldpwd:"wrong",newpwd:"a third long one"}'`)
	}
	for _, who := range []string{"13900000001", "13900000099", "bai@example.com", "no@example.com", "xiaobai"} {
		api.fails(badCode, `www passwd ~/www -ticket '' -check '{account:"`+who+`",vcode:"000000",newpwd:"a third long one"}'`)
	}
}

func TestResetByCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := w.request("192.0.2.1", "")
	ticket := w.signIn("xiaobai")
	reset := func(account, code, passwd string) string {
		return `www passwd ~/www -ticket -nil- -check '{account:"` + account + `",vcode:"` + code + `",scene:"resetpasswd",newpwd:"` + passwd + `"}'`
	}
	w.owner().must(`www captcha ~/www resetpasswd 13900000001 -code 246810`)
	w.owner().must(`www captcha ~/www resetpasswd 13900000099 -code 246810`)
	api.fails(badNew, reset("13900000001", "246810", "short")) // the code is still good
	api.fails(badCode, reset("13900000099", "246810", "a third long one"))
	if got := api.must(reset("139 0000 0001", "246810", "a third long one")); gjson.Get(got, "nm").String() != "xiaobai" {
		t.Error(got)
	}
	api.fails(badCode, reset("13900000001", "246810", "a fourth long one"))
	api.fails(dead, `www checkme ~/www `+ticket)
	api.must(`www auth ~/www xiaobai -p 'a third long one'`)
}

func TestSignedInPersonResetsOnlyTheirOwnByCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www anna -new '{phone:"13910110011",passwd:"` + passwd + `"}'`)
	ticket := w.signIn("anna")
	w.owner().must(`www captcha ~/www resetpasswd 13900000001 -code 246810`)
	w.request("192.0.2.1", ticket).fails(badCode, `www passwd ~/www -ticket `+ticket+` -check '{account:"13900000001",vcode:"246810",newpwd:"a third long one"}'`)
	w.owner().must(`www auth ~/www xiaobai -p '` + passwd + `'`)
	w.owner().must(`www auth ~/www anna -p '` + passwd + `'`)
}

func TestFirstPasswordNeedsNoOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www anna -new '{}'`)
	ticket := w.signIn("anna")
	api := w.request("192.0.2.1", ticket)
	ticket = gjson.Get(api.must(`www passwd ~/www 'a first long one' -ticket `+ticket+` -init`), "ticket").String()
	api.fails(badOld, `www passwd ~/www 'a second long one' -ticket `+ticket+` -init`)
	api.fails(badOld, `www passwd ~/www 'a second long one' -ticket `+ticket)
	api.must(`www checkme ~/www ` + ticket)
}

// TestOldPasswordSignsNobodyInAfterItWasChanged begins sign-ins that were proven
// before the change, and end after it.
func TestOldPasswordSignsNobodyInAfterItWasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, site := w.s.in(w.d), w.site()
	before, err := w.s.person(t.Context(), site, "xiaobai")
	if err != nil {
		t.Fatal(err)
	}
	w.owner().must(`www passwd ~/www 'another long one' -u xiaobai`)
	stored := w.stored("xiaobai", "passwd")
	_, err = w.s.signIn(t.Context(), p, site, proof{who: before, by: "web_passwd", hash: "$argon2id$of-the-old-one"}, "xiaobai")
	if domain.CodeOf(err) != "e.www.api.auth.fail_login" {
		t.Errorf("signed in by a password that was changed: %v", err)
	}
	if got := w.stored("xiaobai", "passwd"); got != stored {
		t.Errorf("the old password is back: %s", got)
	}
}

// TestSessionsOfAnOldEpochAreDead holds also where their files are still there:
// the server may have stopped before it removed them.
func TestSessionsOfAnOldEpochAreDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	w.owner().must(`www checkme ~/www ` + ticket)
	if _, err := w.site().people.Update(t.Context(), w.stored("xiaobai", "id"), []byte(`{"__ep":"new"}`)); err != nil {
		t.Fatal(err)
	}
	w.owner().fails(dead, `www checkme ~/www `+ticket)
	w.owner().must(`www checkme ~/www ` + w.signIn("xiaobai"))
}

func TestBadPasswordBesideACodeLeavesTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13910110011 -code 246810`)
	api := w.request("192.0.2.1", "")
	api.fails(badNew, `www auth ~/www 13910110011 -v 246810 -create -p short`)
	api.must(`www auth ~/www 13910110011 -v 246810 -create -p 'a first long one'`)
	api.must(`www auth ~/www 13910110011 -p 'a first long one'`)
}

func TestAccountsAreMadeOnlyByAUniqueKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`thing ~/loose init -fields '{uniqueKeys:[{name:["nm"]}]}'`)
	w.owner().must(`mkdir ~/www/loose`)
	w.owner().must(`www site ~/www/loose -u '{accounts:"~/loose"}'`)
	w.owner().must(`www captcha ~/www/loose auth 13910110011 -code 246810`)
	w.request("192.0.2.1", "").fails("e.thing.schema", `www auth ~/www/loose 13910110011 -v 246810 -create`)
	w.owner().must(`www auth ~/www/loose anna -p 'a first long one' -create`)
}
