package www

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

const badCode = "e.auth.captcha.invalid"

// captchas makes captchas of anna's with these answers.
func (w *world) captchas(options string, answers ...int) {
	w.t.Helper()
	for _, n := range answers {
		w.owner().must(fmt.Sprintf(`www captcha ~/www robot anna -code %d %s`, n, options))
	}
}

func TestFiveCaptchasLiveAtOnceEachIsUsedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.captchas("-retry 10", 1001, 1002, 1003, 1004, 1005, 1006)
	w.owner().fails(badCode, `www captcha ~/www robot anna -verify 1001`) // the oldest went
	for _, n := range []int{1004, 1002, 1006, 1003, 1005} {
		line := fmt.Sprintf(`www captcha ~/www robot anna -verify %d`, n)
		w.owner().must(line)
		w.owner().fails(badCode, line)
	}
}

func TestCaptchaBearsThreeTries(t *testing.T) {
	t.Parallel()
	for wrongs, ok := range []bool{true, true, true, false} {
		w := newWorld(t)
		w.captchas("", 1234)
		for range wrongs {
			w.owner().fails(badCode, `www captcha ~/www robot anna -verify 1`)
		}
		_, err := w.owner().run(`www captcha ~/www robot anna -verify 1234`)
		if wrongs < captchaTries != (err == nil) || ok != (err == nil) {
			t.Errorf("after %d wrong answers: %v", wrongs, err)
		}
	}
}

func TestCaptchaIsBoundToSiteSceneAndAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`mkdir ~/www/shop`)
	w.owner().must(`www site ~/www/shop -u '{accounts:"~/accounts"}'`)
	w.captchas("", 1234)
	for _, other := range []string{`~/www/shop robot anna`, `~/www other anna`, `~/www robot bert`} {
		w.owner().fails(badCode, `www captcha `+other+` -verify 1234`)
	}
	w.owner().must(`www captcha ~/www robot anna -verify 1234`)
}

func TestCaptchaExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.captchas("-du 90s", 1234)
	w.clock.add(60 * time.Second)
	w.captchas("-du 90s", 5678)
	w.clock.add(30 * time.Second)
	w.owner().fails(badCode, `www captcha ~/www robot anna -verify 1234`)
	w.owner().must(`www captcha ~/www robot anna -verify 5678`)
	w.captchas("", 2468)
	w.clock.add(captchaLife)
	w.owner().fails(badCode, `www captcha ~/www robot anna -verify 2468`)
}

func TestOneOfManyAtOnceUsesACaptcha(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.captchas("-retry 10", 1234)
	var right atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.owner().run(`www captcha ~/www robot anna -verify 1234`); err == nil {
				right.Add(1)
			}
		})
	}
	all.Wait()
	if right.Load() != 1 {
		t.Errorf("%d used one captcha", right.Load())
	}
}

func TestParallelSignUpsWithOnePhoneMakeOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range maxLive {
		w.owner().must(fmt.Sprintf(`www captcha ~/www auth 13911112222 -code 100%d`, n))
	}
	uids := make([]string, maxLive)
	var all sync.WaitGroup
	for n := range maxLive {
		all.Go(func() {
			out, err := w.request("", "").run(fmt.Sprintf(`www auth ~/www 13911112222 -v 100%d -create`, n))
			if err != nil {
				t.Error(err)
			}
			uids[n] = gjson.Get(out, "uid").String()
		})
	}
	all.Wait()
	for _, uid := range uids {
		if uid == "" || uid != uids[0] {
			t.Errorf("accounts %q", uids)
		}
	}
	list := w.owner().must(`www account ~/www '{phone:"13911112222"}'`)
	if n := gjson.Get(list, "#").Int(); n != 1 {
		t.Errorf("%d accounts: %s", n, list)
	}
}

func TestSignInAsksForACaptchaWhereTheSiteDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www site ~/www -u '{login_captcha:"robot"}'`)
	line := `www auth ~/www xiaobai -p '` + passwd + `'`
	w.request("", "").fails(badCode, line)
	w.owner().must(`www captcha ~/www robot xiaobai -code 1234`)
	w.request("", "").must(line + ` -cap 1234`)
	w.request("", "").fails(badCode, line+` -cap 1234`)
	w.request("", "").fails("e.auth.nopvg", `www captcha ~/www robot xiaobai -code 1234`)
}
