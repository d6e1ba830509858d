package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

const (
	noAccount = "e.auth.account.noexists"
	noRight   = "e.auth.nopvg"
	lockedFld = "e.auth.account.field"
)

func TestStrangersFindNobodyByPhoneOrEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www anna -new '{phone:"13910110011"}'`)
	w.owner().must(`www role ~/www clerk -new '{pvg:{"account.list":true}}'`)
	stranger, anna, clerk := w.request("192.0.2.1", ""), w.request("192.0.2.1", w.signIn("anna")), w.request("192.0.2.1", w.signIn("xiaobai"))
	for _, who := range []string{"13900000001", "139-0000-0001", "bai@example.com", "BAI@example.com"} {
		for _, verb := range []string{`www account ~/www `, `www session ~/www `, `www avatar ~/www `} {
			stranger.fails(noAccount, verb+who)
			anna.fails(noAccount, verb+who)
		}
		if got := clerk.must(`www account ~/www ` + who); gjson.Get(got, "nm").String() != "xiaobai" {
			t.Errorf("one's own, by %s: %s", who, got)
		}
	}
	if got := stranger.must(`www account ~/www xiaobai`); gjson.Get(got, "phone").Exists() || gjson.Get(got, "nickname").String() != "Bai" {
		t.Errorf("by name: %s", got)
	}
	w.owner().must(`www account ~/www xiaobai -u '{role:"clerk"}'`)
	if got := clerk.must(`www account ~/www 13910110011`); gjson.Get(got, "nm").String() != "anna" {
		t.Errorf("with %s: %s", mayList, got)
	}
}

func TestWhoEditsAccountsCannotRaiseThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www role ~/www member -new '{pvg:{"account.edit":true}}'`)
	w.owner().must(`www account ~/www boss -new '{role:"admin"}'`)
	clerk := w.request("192.0.2.1", w.signIn("xiaobai"))
	for fields, code := range map[string]string{
		`{role:"admin"}`:              noRight,
		`{ROLE:"admin"}`:              noRight,
		`{grp:"admins"}`:              noRight,
		`{passwd:"another long one"}`: noRight,
		`{passwd:"{MD5:salt}b305cadbb3bce54f3aa59c64fec00dea"}`: "e.auth.passwd.new.invalid",
		`{__ep:"x"}`:                     lockedFld,
		`{salt:"x"}`:                     lockedFld,
		`{th_live:-1}`:                   lockedFld,
		`{nickname:"Boss",role:"admin"}`: noRight,
	} {
		before := w.owner().must(`www account ~/www boss -c`)
		clerk.fails(code, `www account ~/www boss -u '`+fields+`'`)
		clerk.fails(code, `www account ~/www made -new '`+fields+`'`)
		if after := w.owner().must(`www account ~/www boss -c`); after != before {
			t.Errorf("%s changed %s", fields, after)
		}
		w.owner().fails(noAccount, `www account ~/www made`)
	}
	clerk.must(`www account ~/www boss -u '{nickname:"Boss"}'`)
	w.owner().must(`www role ~/www member -u '{pvg:{"account.edit":true,"role.edit":true}}'`)
	clerk.must(`www account ~/www boss -u '{role:"member"}'`)
}

// TestALesserRightIsNoGreaterOne: who may edit accounts, set passwords or open sessions
// for others does not become somebody with more rights by it.
func TestALesserRightIsNoGreaterOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www role ~/www member -new '{pvg:{"account.edit":true}}'`)
	w.owner().must(`www role ~/www helper -new '{pvg:{"account.edit":true,"account.su":true,"account.passwd":true}}'`)
	w.owner().must(`www role ~/www admin -new '{pvg:{"*":true}}'`)
	for _, who := range []string{"helper", "admin", "shopper"} {
		w.owner().must(`www account ~/www ` + who + ` -new '{role:"` + who + `",email:"` + who + `@example.com",passwd:"` + passwd + `"}'`)
	}
	clerk, ticket := w.request("192.0.2.1", w.signIn("xiaobai")), w.signIn("helper")
	helper := w.request("192.0.2.1", ticket)
	for _, who := range []string{"admin", "helper", "shopper"} {
		for _, fields := range []string{`{phone:"13911112222"}`, `{email:"evil@example.com"}`, `{wx_mp_main:"evil"}`, `{oauth_x:"evil"}`, `{Phone:"13911112222"}`, `{phone:null}`} {
			clerk.fails(noRight, `www account ~/www `+who+` -u '`+fields+`'`)
		}
	}
	before := w.owner().must(`www account ~/www admin -c`)
	helper.fails(noRight, `www account ~/www admin -u '{phone:"13911112222"}'`)
	helper.fails(noRight, `www account ~/www admin -u '{passwd:"another long one"}'`)
	helper.fails(noRight, `www passwd ~/www 'another long one' -u admin`)
	helper.fails(noRight, `www auth ~/www admin -ticket `+ticket)
	if after := w.owner().must(`www account ~/www admin -c`); after != before {
		t.Errorf("the admin was %s and is %s", before, after)
	}
	w.owner().must(`www auth ~/www admin -p '` + passwd + `'`)
	helper.must(`www account ~/www shopper -u '{phone:"13911112222"}'`)
	helper.must(`www passwd ~/www 'another long one' -u shopper`)
	helper.must(`www auth ~/www shopper -ticket ` + ticket)
	helper.must(`www account ~/www made -new '{phone:"13911113333"}'`)
	admin := w.request("192.0.2.1", w.signIn("admin"))
	admin.must(`www passwd ~/www 'another long one' -u helper`)
}

func TestNobodyTakesANameThatLooksLikeAnothersKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	api := w.request("192.0.2.1", ticket)
	for _, nm := range []string{"13910110099", "+1 202 555 0100", "anna@example.com", "id:x", " id:x", w.site().ID} {
		api.fails(lockedFld, `www checkme ~/www `+ticket+` -u '{nm:"`+nm+`"}'`)
	}
	api.must(`www checkme ~/www ` + ticket + ` -u '{nm:"bai"}'`)
}

func TestListOfSitesNeedsARight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := w.request("192.0.2.1", w.signIn("xiaobai"))
	api.fails(noRight, `www site -list`)
	api.fails(noRight, `www site ~/www -u '{title:"x"}'`)
	w.owner().must(`www role ~/www member -new '{pvg:{"site.edit":true}}'`)
	if got := api.must(`www site -list -c`); !strings.Contains(got, w.site().ID) {
		t.Error(got)
	}
}
