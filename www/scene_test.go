package www

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// sends runs a line of an endpoint's text to which a request sends one value, ${v}.
func (s *shellOf) sends(v, line string) (string, error) {
	return s.runWith(shell.MapVars{"v": v}, line)
}

func TestPicturesNeverPushOutACodeThatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 123456`)
	for range 4 * maxLive {
		w.api("192.0.2.1").must(`www captcha ~/www auth 13911112222 -as png`)
	}
	w.api("192.0.2.2").must(`www auth ~/www 13911112222 -v 123456 -create`)
	w.owner().must(`www captcha ~/www auth 13933334444 -code 1234`)
	for range 4 * maxLive {
		w.api("192.0.2.1").must(`www captcha ~/www auth 13933334444 -as png`)
	}
	w.owner().must(`www captcha ~/www auth 13933334444 -verify 1234`)
}

func TestWrongAnswersToPicturesCostNoTryOfACodeThatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 123456`)
	for range 2 * captchaTries {
		w.api("192.0.2.1").must(`www captcha ~/www auth 13911112222 -as png`)
		w.api("192.0.2.1").fails(badCode, `www captcha ~/www auth 13911112222 -verify 123456`)
	}
	w.api("192.0.2.2").must(`www auth ~/www 13911112222 -v 123456 -create`)
}

func TestARequestMakesNoScene(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 100 {
		if _, err := w.api("").sends(fmt.Sprintf("s%d", n), `www captcha ~/www ${v} anna -as png`); domain.CodeOf(err) != "e.cmd.arg" {
			t.Errorf("scene s%d: %v", n, err)
		}
	}
	for _, usual := range append([]string{""}, usualScenes...) {
		if _, err := w.api("").sends(usual, `www captcha ~/www ${v} anna -as png`); err != nil {
			t.Errorf("scene %q: %v", usual, err)
		}
	}
	w.api("").must(`www captcha ~/www order anna -as png`) // the text names it
	w.owner().must(`www captcha ~/www gift anna`)
	w.owner().must(`www site ~/www -u '{login_captcha:"door"}'`)
	if _, err := w.api("").sends("door", `www captcha ~/www ${v} anna -as png`); err != nil {
		t.Error(err)
	}
	for line, want := range map[string]string{
		`www auth ~/www 13911112222 -v 123456 -scene ${v}`:                        badCode,
		`www auth ~/www xiaobai -p x -cap 1234 -capscene ${v}`:                    badCode,
		`www captcha ~/www ${v} anna -verify 1234`:                                badCode,
		`www captcha ~/www auth 13911112222 -as sms -robot -cap 1 -capscene ${v}`: badCode,
		`www captcha ~/www ${v} anna -scenes ${v} -as png`:                        "e.cmd.option",
		`www captcha ~/www x${v} anna -as png`:                                    "e.cmd.arg",
	} {
		if _, err := w.api("").sends("own", line); domain.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	if list, _ := filepath.Glob(filepath.Join(w.d.Dir(), ".domain/captcha/*/s*")); len(list) > 0 {
		t.Errorf("made: %q", list)
	}
}

func TestATextSaysWhichScenesARequestMayName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for scene, ok := range map[string]bool{"order": true, "gift": true, "": true, "robot": true, "auth": false, "*": false, "order,gift": false} {
		_, err := w.api("").sends(scene, `www captcha ~/www ${v} anna -as png -scenes 'robot, order,gift'`)
		if (err == nil) != ok {
			t.Errorf("%q: %v", scene, err)
		}
	}
	w.owner().must(`www captcha ~/www bind 13900000001 -as sms -code 123456`)
	if _, err := w.api("").sends("bind", `www auth ~/www 13900000001 -v 123456 -scene ${v} -scenes auth`); domain.CodeOf(err) != badCode {
		t.Error(err)
	}
	if _, err := w.api("").sends("bind", `www auth ~/www 13900000001 -v 123456 -scene ${v} -scenes auth,bind`); err != nil {
		t.Error(err)
	}
}

func TestACodeForAnotherSceneChangesNoPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const change = `www passwd ~/www -check '{account:"13900000001",vcode:"123456",scene:"${v}",newpwd:"a new and long one"}'`
	w.owner().must(`www captcha ~/www bind 13900000001 -as sms -code 123456`)
	for _, scene := range []string{"bind", "resetpasswd", "", "nosuch"} {
		if _, err := w.api("").sends(scene, change); domain.CodeOf(err) != badCode {
			t.Errorf("scene %q: %v", scene, err)
		}
	}
	w.clock.add(time.Minute)
	w.owner().must(`www captcha ~/www bind 13900000001 -as sms -code 123456`)
	if _, err := w.api("").sends("bind", change+` -scenes 'resetpasswd,bind'`); err != nil {
		t.Error(err)
	}
	w.clock.add(time.Hour)
	w.owner().must(`www captcha ~/www resetpasswd 13900000001 -as sms -code 123456`)
	if _, err := w.api("").sends("", change); err != nil {
		t.Error(err)
	}
}

func TestCodesAreTypedInWideDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 123456`)
	w.api("").must(`www auth ~/www 13911112222 -v １２３４５６ -create`)
	w.owner().must(`www captcha ~/www robot anna -code 2468`)
	w.api("").must(`www captcha ~/www robot anna -verify '２４６８　'`)
	w.owner().must(`www captcha ~/www resetpasswd 13911112222 -as sms -to 13955556666 -code 123456`)
	w.api("").must(`www passwd ~/www -check '{account:"13911112222",vcode:"１２３ ４５６",newpwd:"a new and long one"}'`)
}
