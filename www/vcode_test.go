package www

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

const tooSoon = "e.auth.vcode.wait"

// api is a request's shell without a ticket.
func (w *world) api(addr string) *shellOf { return w.request(addr, "") }

// ask asks for a code as the endpoints do, with a solved captcha.
func (w *world) ask(addr, scene, account, as string) (string, error) {
	w.t.Helper()
	w.owner().must(`www captcha ~/www robot '` + account + `' -code 2468`)
	return w.api(addr).run(`www captcha ~/www ` + scene + ` '` + account + `' -as ` + as + ` -robot -cap 2468`)
}

// outbox are the files of demo's outbox, in the order in which they were sent.
func (w *world) outbox() (texts []string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.d.Dir(), ".domain/outbox/*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || info.Mode().Perm() != 0o600 {
			w.t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
		text, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// sent is the code that was sent last.
func (w *world) sent() string {
	w.t.Helper()
	box := w.outbox()
	if len(box) == 0 {
		w.t.Fatal("nothing was sent")
	}
	text := box[len(box)-1]
	if strings.HasPrefix(text, "{") {
		text = gjson.Get(text, "text").String()
	}
	return sixDigits.FindString(text)
}

func TestFirstSignInByCodeMakesAnAccountWithTheDefaultRole(t *testing.T) {
	t.Parallel()
	for as, name := range map[string]string{"sms": "+86 139-1111-2222", "email": "New@Example.com"} {
		w := newWorld(t)
		out, err := w.ask("", "auth", name, as)
		if err != nil {
			t.Fatal(as, err)
		}
		code := w.sent()
		if len(code) != 6 || strings.Contains(out, code) {
			t.Errorf("%s: code %q, answer %s", as, code, out)
		}
		if life := time.Duration(gjson.Get(out, "expi").Int()-w.clock.Now().UnixMilli()) * time.Millisecond; life != channels[as].life {
			t.Errorf("%s lives %v", as, life)
		}
		line := `www auth ~/www '` + name + `' -v ` + code + ` -create`
		se := w.api("").must(line)
		if gjson.Get(se, "me.role").String() != "member" || gjson.Get(se, "by_tp").String() != "web_vcode" {
			t.Error(se)
		}
		w.api("").fails(badCode, line) // once
	}
}

func TestOneAccountForOnePhoneHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]bool{}
	for _, phone := range []string{"13900000001", "+8613900000001", "+86 139 0000 0001", "0086-139-0000-0001", "8613900000001", " 139 0000 0001 "} {
		w.clock.add(25 * time.Hour)
		if _, err := w.ask("", "auth", phone, "sms"); err != nil {
			t.Fatal(phone, err)
		}
		ids[gjson.Get(w.api("").must(`www auth ~/www '`+phone+`' -v `+w.sent()+` -create`), "uid").String()] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d accounts", len(ids))
	}
	for phone, want := range map[string]string{"+1 650-253-0000": "+16502530000", "0044 20 7031 3000": "+442070313000", "+852 2123 4567": "+85221234567"} {
		if got, ok := normalPhone(phone); got != want || !ok {
			t.Errorf("%s is %q", phone, got)
		}
	}
}

func TestReceiverLimitsSurviveARestartAndAreTheSameForAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	step := func(after time.Duration, want string) {
		t.Helper()
		w.clock.add(after)
		for _, phone := range []string{"13900000001", "13911112222"} { // an account's, and nobody's
			_, err := w.ask("", "auth", phone, "sms")
			if domain.CodeOf(err) != want {
				t.Errorf("%s: %v", phone, err)
			}
		}
	}
	step(0, "")
	step(59*time.Second, tooSoon)
	w.restart()
	step(0, tooSoon)
	step(time.Second, "")
	for range 3 {
		step(time.Minute, "")
	}
	step(time.Minute, tooSoon) // five in an hour
	step(time.Hour, "")
	for range 4 {
		step(time.Minute, "")
	}
	step(2*time.Hour, tooSoon) // ten in a day
	step(22*time.Hour, "")
}

func TestCoolDownAnswersTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := map[string]string{}
	for _, phone := range []string{"13900000001", "13911112222"} {
		first, err1 := w.ask("", "resetpasswd", phone, "sms")
		second, err2 := w.ask("", "resetpasswd", phone, "sms")
		answers[strings.ReplaceAll(fmt.Sprint(first, err1, second, err2, domain.AsError(err2).Data), phone, "PHONE")] = phone
	}
	if len(answers) != 1 {
		t.Errorf("%v", answers)
	}
}

func TestAFloodReachesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var sent atomic.Int32
	var all sync.WaitGroup
	scenes := []string{"auth", "bind", "resetpasswd", "other"}
	for n := range 40 {
		w.owner().must(`www captcha ~/www robot 13911112222 -code ` + fmt.Sprint(1000+n))
		all.Go(func() {
			_, err := w.api(fmt.Sprint("10.0.0.", n)).run(fmt.Sprintf(`www captcha ~/www %s '+86 13911112222' -as sms -cap %d`, scenes[n%4], 1000+n))
			if err == nil {
				sent.Add(1)
			}
		})
		if n%5 == 4 {
			all.Wait()
		}
	}
	all.Wait()
	if sent.Load() != 1 || len(w.outbox()) != 1 {
		t.Errorf("%d sent, %d in the outbox", sent.Load(), len(w.outbox()))
	}
}

func TestNothingIsSentWithoutACaptcha(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, options := range []string{"", " -cap 1234", " -robot", " -cap ''"} {
		w.api("").fails(badCode, `www captcha ~/www auth 13911112222 -as sms`+options)
	}
	w.owner().fails(badCode, `www captcha ~/www auth 13911112222 -as sms -robot`)
	w.owner().must(`www captcha ~/www robot 13900000009 -code 2468`)
	w.api("").fails(badCode, `www captcha ~/www auth 13911112222 -as sms -cap 2468`) // another account's
	w.api("").fails("e.auth.nopvg", `www captcha ~/www auth 13911112222 -as sms -cap 2468 -to 13900000009`)
	if n := len(w.outbox()); n != 0 {
		t.Errorf("%d sent", n)
	}
	w.owner().must(`www site ~/www -u '{vcode_captcha:"none"}'`)
	w.api("").must(`www captcha ~/www auth 13911112222 -as sms`)
}

func TestACodeIsForOneSiteSceneAndAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`mkdir ~/www/shop`)
	w.owner().must(`www site ~/www/shop -u '{accounts:"~/accounts"}'`)
	if _, err := w.ask("", "auth", "13911112222", "sms"); err != nil {
		t.Fatal(err)
	}
	code := w.sent()
	for _, other := range []string{
		`~/www 13911113333 -v ` + code,                            // the phone was swapped
		`~/www 13911112222 -scene resetpasswd -v ` + code,         // another scene
		`~/www/shop 13911112222 -v ` + code,                       // another site
		`~/www new@example.com -v ` + code,                        // another channel
		`~/www 13911112222 -ticket ` + "x" + ` -scene auth -v xx`, // nobody's ticket
	} {
		if _, err := w.api("").run(`www auth ` + other + ` -create`); err == nil {
			t.Errorf("%s is let in", other)
		}
	}
	w.api("").must(`www auth ~/www 13911112222 -create -v ` + code)
}

func TestACodeInAPictureProvesNoPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// The picture is for everybody to read. Its code is known here by trying all of it.
	w.api("").must(`www captcha ~/www auth 13900000001 -as png`)
	site := w.site()
	codes, err := w.s.codes(t.Context(), w.s.in(w.d), site, "auth")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := codes.set.Get(t.Context(), codes.record("13900000001"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10000 {
		code := fmt.Sprintf("%04d", n)
		if codes.hash("13900000001", code) == gjson.GetBytes(rec.Body, "live.0.h").String() {
			w.api("").fails(badCode, `www auth ~/www 13900000001 -v `+code)
			w.owner().must(`www captcha ~/www auth 13900000001 -verify ` + code) // so much for the picture
			return
		}
	}
	t.Error("no code found")
}

func TestANewCodeVoidsTheOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 111111`)
	w.clock.add(time.Minute)
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 222222`)
	w.api("").fails(badCode, `www auth ~/www 13911112222 -v 111111 -create`)
	w.api("").must(`www auth ~/www 13911112222 -v 222222 -create`)
}

func TestGuessingACodeFromEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const code = "987654"
	w.owner().must(`www captcha ~/www auth 13900000001 -as sms -code ` + code)
	in, tried := 0, 0
	for n := range 10_000 {
		guess := fmt.Sprintf("%06d", n)
		if n >= 3 && n%50 == 0 {
			guess = code // even the right one, now that three tries are gone
		}
		_, err := w.api(fmt.Sprintf("10.1.%d.%d", n%1000/250, n%250)).run(`www auth ~/www 13900000001 -v ` + guess)
		switch domain.CodeOf(err) {
		case "":
			in++
		case badCode:
			tried++
		case "e.auth.login.locked":
		default:
			t.Fatal(err)
		}
	}
	if in != 0 || tried > 10 {
		t.Errorf("%d got in, %d guesses were looked at", in, tried)
	}
}

func TestCodesNeverStandInTheRecordOrTheAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth 13900000001 -as sms -code 864209`)
	err := filepath.WalkDir(w.d.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "/outbox/") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "864209") {
			t.Errorf("%s holds the code", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := w.owner().must(`www outbox ~/www`); !strings.Contains(out, "+8613900000001") || strings.Contains(out, "864209") {
		t.Error(out)
	}
	w.api("").fails("e.auth.nopvg", `www outbox ~/www`)
}

func TestWhatCannotBeSentLeavesNoCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.conf(`{senders:{sms:{use:"pigeon"}, mail:{from:"not an address"}}}`)
	w.owner().fails("e.www.captcha.fail_send_by_sms", `www captcha ~/www auth 13911112222 -as sms -code 123456`)
	w.owner().fails("e.www.captcha.fail_send_by_email", `www captcha ~/www auth a@example.com -as email -code 123456`)
	w.api("").fails(badCode, `www auth ~/www 13911112222 -v 123456 -create`)
	w.clock.add(time.Minute)
	out := w.owner().must(`www captcha ~/www auth 13911112222 -as sms -ajax -c`)
	if gjson.Get(out, "errCode").String() != "e.www.captcha.fail_send_by_sms" || strings.Contains(out, "pigeon") {
		t.Error(out)
	}
}

// conf writes demo's domain.json.
func (w *world) conf(text string) {
	w.t.Helper()
	if err := w.d.Tree(domain.Owner).WriteFile(".domain/domain.json", []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func TestADayCostsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.conf(`{senders:{dayCost:1, sms:{cost:0.3}}}`)
	for n, want := range []string{"", "", "", "e.www.captcha.fail_send_by_sms"} {
		_, err := w.owner().run(fmt.Sprintf(`www captcha ~/www auth 1391111000%d -as sms`, n))
		if domain.CodeOf(err) != want {
			t.Errorf("%d: %v", n, err)
		}
	}
	w.clock.add(24 * time.Hour)
	w.owner().must(`www captcha ~/www auth 13911110009 -as sms`)
}

func TestBindGivesAPhoneAndANewTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www -new '{nm:"bert"}'`)
	old := w.signIn("bert")
	bind := func(phone, code string) string {
		return `www auth ~/www ` + phone + ` -v ` + code + ` -ticket ` + old
	}
	w.owner().must(`www captcha ~/www auth 13900000001 -as sms -code 123456`)
	w.api("").fails("e.auth.account.taken", bind("13900000001", "123456"))
	w.owner().must(`www captcha ~/www auth 13911112222 -as sms -code 123456`)
	w.api("").fails(badCode, bind("13911112222", "654321"))
	w.api("").fails("e.auth.login.NoPhoneOrEmail", bind("bert", "654321"))
	w.api("").fails("e.auth.ticked.noexist", `www auth ~/www 13911112222 -v 123456 -ticket nosuch`)
	se := w.api("").must(bind("13911112222", "123456"))
	if gjson.Get(se, "me.phone").String() != "13911112222" || gjson.Get(se, "ticket").String() == old {
		t.Error(se)
	}
	w.api("").fails("e.auth.ticked.noexist", `www checkme ~/www `+old)
	w.api("").must(`www checkme ~/www ` + gjson.Get(se, "ticket").String())
}

func TestChildSessionsGoBackToTheirParents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www role ~/www boss -u '{pvg:{"account.su":true}}'`)
	w.owner().must(`www account ~/www -new '{nm:"bert",role:"boss"}'`)
	up, boss := w.signIn("xiaobai"), w.signIn("bert")
	child := w.api("").must(`www auth ~/www '' -ticket ` + up)
	ticket := gjson.Get(child, "ticket").String()
	if gjson.Get(child, "by_tp").String() != "session" || gjson.Get(child, "unm").String() != "xiaobai" || ticket == up {
		t.Error(child)
	}
	w.api("").fails("e.auth.nopvg", `www auth ~/www '' -ticket `+ticket)
	w.api("").fails("e.auth.nopvg", `www auth ~/www bert -ticket `+up)
	w.api("").fails("e.auth.nopvg", `www auth ~/www nobody -ticket `+up)
	back := w.api("").must(`www logout ~/www ` + ticket)
	if gjson.Get(back, "ticket").String() != up {
		t.Errorf("logout of the child: %s", back)
	}
	w.api("").fails("e.auth.ticked.noexist", `www checkme ~/www `+ticket)

	other := gjson.Get(w.api("").must(`www auth ~/www xiaobai -ticket `+boss), "ticket").String()
	if out := w.api("").must(`www checkme ~/www ` + other); gjson.Get(out, "unm").String() != "xiaobai" {
		t.Error(out)
	}
	if out := w.api("").must(`www logout ~/www ` + boss); strings.TrimSpace(out) != "null" {
		t.Error(out)
	}
	w.api("").fails("e.auth.ticked.noexist", `www checkme ~/www `+other) // with its parent
	for _, dir := range []string{"session"} {
		out := w.owner().must(`www session ~/www xiaobai`)
		if strings.Contains(out, "__pt") || strings.Contains(out, up) {
			t.Errorf("%s shows a ticket: %s", dir, out)
		}
	}
}

// TestNothingIsSentToWhatIsNobodysPhone: services, premium numbers, what a mail server
// could not be asked for by name.
func TestNothingIsSentToWhatIsNobodysPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www site ~/www -u '{vcode_captcha:"none"}'`)
	for as, list := range map[string][]string{
		"sms":   {"''", "10086", "12306", "95588", "110", "'+1 900 555 0000'", "4008123123", "x@example.com", strings.Repeat("139", 100)},
		"email": {"''", "13911112222", "a@[127.0.0.1]", "'a@[IPv6:::1]'", "'a\u200b@example.com'", "'a@example.com\u200b'", "'a\u202e@example.com'", strings.Repeat("a", 255) + "@example.com"},
	} {
		for _, to := range list {
			w.api("192.0.2.1").fails("e.auth.login.NoPhoneOrEmail", `www captcha ~/www auth `+to+` -as `+as)
		}
	}
	if sent := w.outbox(); len(sent) > 0 {
		t.Errorf("%q", sent)
	}
	for _, to := range []string{"13911112222 -as sms", "'+44 7911 123456' -as sms", "ä@example.com -as email"} { // an empty scene is the usual one
		if got := w.api("192.0.2.1").must(`www captcha ~/www '' ` + to); gjson.Get(got, "scene").String() != "auth" {
			t.Errorf("%s: %s", to, got)
		}
	}
}

// TestAnAccountInTheBinKeepsItsPhone: nobody signs in as it, and nobody takes its place.
func TestAnAccountInTheBinKeepsItsPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`thing ~/accounts delete ` + w.stored("xiaobai", "id"))
	w.owner().must(`www captcha ~/www auth 13900000001 -code 246810`)
	w.api("192.0.2.1").fails("e.www.api.auth.fail_login", `www auth ~/www 13900000001 -v 246810 -create`)
	w.api("192.0.2.1").fails(wrong, `www auth ~/www 13900000001 -p '`+passwd+`'`)
}

func TestACodeOfLettersIsTypedInEitherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www captcha ~/www auth new@example.com -as email -type alphabet -len 8`)
	box := w.outbox()
	code := regexp.MustCompile(`\b[A-HJ-NP-Z]{8}\b`).FindString(box[len(box)-1])
	if code == "" {
		t.Fatalf("no code of letters: %s", box)
	}
	w.api("").fails(badCode, `www auth ~/www new@example.com -v `+code[:7]+` -create`)
	w.api("").must(`www auth ~/www new@example.com -v ` + strings.ToLower(code) + ` -create`)
}
