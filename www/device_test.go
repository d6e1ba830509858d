package www

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// device is a shell of a request that carries device tokens.
func (w *world) device(addr, tokens string) *shellOf {
	s := w.request(addr, "")
	s.env.Request.Device = func() string { return tokens }
	return s
}

func (w *world) deviceOf(s *shellOf, name string) string {
	w.t.Helper()
	d := gjson.Get(s.must(`www auth ~/www `+name+` -p '`+passwd+`'`), "device").String()
	if d == "" {
		w.t.Fatal("no device token")
	}
	return d
}

const (
	rightLine = `www auth ~/www xiaobai -p '` + passwd + `'`
	wrongLine = `www auth ~/www xiaobai -p 'wrong password'`
)

func TestNobodyIsLockedOutOfTheirOwnDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.deviceOf(w.device("192.0.2.1", ""), "xiaobai")
	for i := range 5 {
		w.request(fmt.Sprint("203.0.113.", i), "").run(wrongLine)
	}
	for range 40 { // and somebody behind the same address
		w.request("192.0.2.1", "").run(`www auth ~/www nobody -p wrong`)
	}
	w.request("192.0.2.9", "").fails(wait, rightLine)
	w.request("192.0.2.1", "").fails(wait, rightLine)
	w.device("192.0.2.1", own).must(rightLine)
	w.restart()
	w.device("192.0.2.9", own).must(rightLine)
	w.request("192.0.2.9", "").fails(wait, rightLine) // the lock of strangers stays
}

func TestADeviceDoesNotGuessMoreThanAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.deviceOf(w.device("192.0.2.1", ""), "xiaobai")
	for i := range 5 {
		if _, err := w.device(fmt.Sprint("192.0.2.", i), own).run(wrongLine); domain.CodeOf(err) != wrong {
			t.Fatalf("failure %d: %v", i+1, err)
		}
	}
	w.device("192.0.2.99", own).fails(wait, rightLine)
	w.request("192.0.2.99", "").must(rightLine) // strangers have not failed
}

func TestADeviceTokenIsGoodForOnePersonOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www account ~/www -new '{nm:"eve",passwd:"` + passwd + `"}'`)
	other := w.domain("other")
	eve := w.deviceOf(w.device("192.0.2.1", ""), "eve")
	own := w.deviceOf(w.device("192.0.2.1", ""), "xiaobai")
	for i := range 5 {
		w.request(fmt.Sprint("203.0.113.", i), "").run(wrongLine)
	}
	at := strings.LastIndexByte(own, '.')
	for name, token := range map[string]string{
		"another's": eve, "none": "", "changed": own[:at+1] + "A" + own[at+2:], "of no form": "d1", "dots": "...", "empty parts": "~~~",
		"without a MAC": own[:at+1], "a later one": "d1.zzzzzz" + own[strings.IndexByte(own[3:], '.')+3:],
		"too long": strings.Repeat("x~", 2000) + own,
	} {
		t.Run(name, func(t *testing.T) { w.device("192.0.2.7", token).fails(wait, rightLine) })
	}
	w.device("192.0.2.7", eve+deviceSep+own).must(rightLine) // a device of two people
	for i := range 5 {
		in := w.as(domain.API, other, &domain.Request{Remote: fmt.Sprint("203.0.113.", i)})
		in.run(wrongLine)
	}
	in := w.as(domain.API, other, &domain.Request{Remote: "192.0.2.7", Device: func() string { return own }})
	in.fails(wait, rightLine) // of another domain's namesake
	w.clock.add(deviceAge)
	for i := range 5 {
		w.request(fmt.Sprint("203.0.113.", i), "").run(wrongLine)
	}
	w.device("192.0.2.7", own).fails(wait, rightLine) // it has grown old
}

func TestDevicesKeepTheTokensOfSeveralPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := ""
	for i := range deviceMost + 2 {
		name := fmt.Sprint("p", i)
		w.owner().must(`www account ~/www -new '{nm:"` + name + `",passwd:"` + passwd + `"}'`)
		tokens = w.deviceOf(w.device("192.0.2.1", tokens), name)
	}
	if n := strings.Count(tokens, deviceSep) + 1; n != deviceMost {
		t.Errorf("%d tokens: %s", n, tokens)
	}
	if again := w.deviceOf(w.device("192.0.2.1", tokens), "p5"); again != tokens {
		t.Errorf("a token is made anew for nothing")
	}
	w.clock.add(deviceAge/2 + time.Hour)
	if again := w.deviceOf(w.device("192.0.2.1", tokens), "p5"); again == tokens {
		t.Errorf("an old token is not made anew")
	}
}

// TestGuessingCodesLocksNobodyOutOfTheirDevice has strangers guess codes until they
// must wait; the person signs in by the code on their own device all the same.
func TestGuessingCodesLocksNobodyOutOfTheirDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.deviceOf(w.device("192.0.2.1", ""), "xiaobai")
	const phone = "13900000001"
	line := func(code string) string { return `www auth ~/www ` + phone + ` -v ` + code }
	for i := range 6 {
		w.request(fmt.Sprint("203.0.113.", i), "").run(line("000000"))
	}
	if _, err := w.ask("192.0.2.1", "auth", phone, "sms"); err != nil {
		t.Fatal(err)
	}
	code := w.sent()
	w.request("192.0.2.9", "").fails(wait, line(code))
	w.device("192.0.2.9", own).must(line(code))
}
