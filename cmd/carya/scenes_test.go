package main

import (
	"fmt"
	"testing"
)

// A code does what it was sent for and nothing else, whatever scene a caller names.
func TestEachEndpointOfThePackTakesItsOwnScenesOnly(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	site := []string{"site", p.site}
	send := func(n int, scene string) (phone, code string) {
		t.Helper()
		phone = fmt.Sprintf("1395556%04d", n)
		wantOK(t, p.askCode("get_sms_vcode", phone, "scene", scene))
		return phone, p.sentTo("+86" + phone)
	}
	reset := func(phone, code, scene string) answer {
		return p.postJSON("demo/auth/resetpasswd", site, fmt.Sprintf(`{"account":%q,"vcode":%q,"scene":%q,"newpwd":"another long password"}`, phone, code, scene))
	}
	for n, scene := range []string{"auth", "bind"} {
		phone, code := send(n, scene)
		p.newPerson("demo", fmt.Sprintf(`nm:"carl%d",phone:%q`, n, phone))
		for _, says := range []string{scene, "resetpasswd", ""} {
			wantCode(t, reset(phone, code, says), 200, "e.auth.captcha.invalid")
		}
	}
	phone, code := send(10, "bind")
	wantCode(t, p.post("demo/auth/login_by_phone", site, "name", phone, "vcode", code, "scene", "bind"), 200, "e.auth.captcha.invalid")
	phone, code = send(11, "resetpasswd")
	wantCode(t, p.post("demo/auth/login_by_phone", site, "name", phone, "vcode", code, "scene", "resetpasswd"), 200, "e.auth.captcha.invalid")
	p.newPerson("demo", `nm:"dora"`)
	me := []string{"site", p.site, "ticket", p.signIn("demo", p.site, "dora")}
	wantCode(t, p.post("demo/auth/bind_account", me, "name", phone, "vcode", code, "scene", "resetpasswd"), 200, "e.auth.captcha.invalid")
	phone, code = send(12, "bind")
	wantOK(t, p.post("demo/auth/bind_account", me, "name", phone, "vcode", code, "scene", "bind"))
	for n := range 40 {
		name := fmt.Sprintf("invented%d", n)
		wantCode(t, p.get("demo/auth/captcha", "site", p.site, "account", "anna", "scene", name), 200, "e.cmd.arg")
		wantCode(t, p.askCode("get_sms_vcode", "13955569999", "scene", name), 200, "e.cmd.arg")
	}
	p.write("demo", ".regapi/api/order", `www captcha ~/www order ${http-qs-account?} -as png`)
	if a := p.get("demo/order", "account", "anna"); a.status != 200 {
		t.Errorf("a scene of the owner's text: %d %s", a.status, a.body)
	}
}

// Whoever asks for pictures takes nobody's code away.
func TestPicturesTakeNobodysCodeAway(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--limits", "off")
	const phone = "13955570001"
	wantOK(t, p.askCode("get_sms_vcode", phone))
	code := p.sentTo("+86" + phone)
	for range 12 {
		if a := p.get("demo/auth/captcha", "site", p.site, "account", phone, "scene", "auth"); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	wantOK(t, p.post("demo/auth/login_by_phone", []string{"site", p.site}, "name", phone, "vcode", code))
}
