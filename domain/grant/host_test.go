package grant

import (
	"strings"
	"testing"
)

func TestAHostHasOneSpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"shop.example.com":      "shop.example.com",
		"Shop.Example.COM.":     "shop.example.com",
		" shop.example.com ":    "shop.example.com",
		"商店.cn":                 "xn--czrs0t.cn",
		"xn--czrs0t.cn":         "xn--czrs0t.cn",
		"XN--CZRS0T.CN":         "xn--czrs0t.cn",
		"商店。cn":                 "xn--czrs0t.cn",
		"ＳＨＯＰ.example":          "shop.example",
		"bücher.example":        "xn--bcher-kva.example",
		"BU\u0308CHER.example":  "xn--bcher-kva.example",
		"my_box.internal":       "my_box.internal",
		"localhost":             "localhost",
		"203.0.113.7":           "203.0.113.7",
		"[2001:DB8::0:1]":       "2001:db8::1",
		"2001:db8::1":           "2001:db8::1",
		"::ffff:203.0.113.7":    "203.0.113.7",
		strings.Repeat("a", 63): strings.Repeat("a", 63),
	} {
		if got, err := Host(text); got != want || err != nil {
			t.Errorf("%q is %q (%v), want %q", text, got, err, want)
		}
		if got := RequestHost(text); got != want && !strings.Contains(text, " ") {
			t.Errorf("in a request %q is %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNoHostSaysWhy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"shop.example.com:9500": "a host has no port: write it as shop.example.com",
		"商店.cn:80":              "a host has no port: write it as xn--czrs0t.cn",
		"203.0.113.7:80":        "a host has no port: write it as 203.0.113.7",
		"[::1]:80":              "a host has no port: write it as ::1",
		"https://shop.example":  "without http://",
		"shop.example/path":     "without http://",
		"*.example.com":         "no wildcards",
		"a b.example":           "no host name",
		"":                      "no host name",
		".":                     "no host name",
		"a..b":                  "no host name",
		"a\x00b":                "no host name",
		"xn--a.example":         "no host name",
		"fe80::1%eth0":          "no host name",
		strings.Repeat("a", 64): "no host name",
		strings.Repeat("a.", 99) + strings.Repeat("b.", 99): "no host name",
	} {
		_, err := Host(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAPortOfARequestDoesNotCount(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"shop.example:8080": "shop.example", "Shop.Example.:8080": "shop.example", "[::1]:8080": "::1",
		"127.0.0.1:80": "127.0.0.1", "a/b": "", "": "", "a b": "", ":80": "", "..": "", "demo.localhost:8080": "demo.localhost",
		"shop.example:": "shop.example", "shop.example:evil": "", "shop.example:80.evil.example": "", "shop.example:'x": "", "shop.example:808080": "",
	} {
		if got := RequestHost(header); got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
	if name, ok := LocalDomain("demo.localhost"); name != "demo" || !ok {
		t.Error(name, ok)
	}
	for _, host := range []string{"localhost", ".localhost", "demo.localhost.example"} {
		if name, ok := LocalDomain(host); ok {
			t.Errorf("%s is the domain %s", host, name)
		}
	}
}

func BenchmarkRequestHost(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		RequestHost("shop.example.com:8080")
	}
}
