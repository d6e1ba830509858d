package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// A proxy that nobody trusts is told of, once in the log and in every check: behind it
// everybody is one address. What it says does not count all the same.
func TestAProxyThatIsNotTrustedIsToldOf(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	if out, _, _ := p.run("", "check", "demo"); strings.Contains(out, "--trust-proxy") {
		t.Errorf("before anybody came: %s", out)
	}
	var last answer
	for n := range 8 {
		last = p.from(fmt.Sprintf("203.0.113.%d", n), "GET", "demo/auth/site", url.Values{}, nil)
	}
	if got := last.header.Get("RateLimit-Remaining"); got == "" || got == "299" {
		t.Errorf("what the proxy says counts: %s left", got)
	}
	out, _, code := p.run("", "check", "demo")
	if code != 0 || !strings.Contains(out, "the proxy 127.0.0.1 is not trusted") || !strings.Contains(out, "--trust-proxy 127.0.0.1") {
		t.Errorf("exit %d: %s", code, out)
	}
	p.stop()
	if n := strings.Count(p.errs.String(), "a proxy that is not trusted"); n != 1 {
		t.Errorf("the log tells %d times:\n%s", n, p.errs)
	}
}

// A proxy that is trusted, and a client that says nothing of others, are not told of.
func TestATrustedProxyIsNotToldOf(t *testing.T) {
	t.Parallel()
	p := newPeople(t, "--trust-proxy", "127.0.0.1")
	p.from("203.0.113.1", "GET", "demo/auth/site", url.Values{}, nil)
	if out, _, _ := p.run("", "check", "demo"); strings.Contains(out, "--trust-proxy") {
		t.Error(out)
	}
}
