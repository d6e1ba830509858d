package regapi

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestAnswersCarrySecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	w.grant("demo", "host", "demo.example")
	w.file("www/index.html", "<p>")
	w.api("json", "echo '{}'", "html", meta(`{"http-header-Content-Type":"text/html"}`, "echo '<p>'"),
		"own", meta(`{"http-header-Content-Type":"text/html","http-header-Content-Security-Policy":"default-src 'none'"}`, "echo '<p>'"))
	const nosniff, same, none = "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin", "Referrer-Policy: no-referrer"
	const framed, hsts = "Content-Security-Policy: frame-ancestors 'self'", "Strict-Transport-Security: max-age=31536000"
	tls := []string{"X-Forwarded-Proto: https", "X-Forwarded-For: 203.0.113.1"}
	w.scenarios(t, []scenario{
		{name: "page", request: request{url: "/", host: "demo.example"}, status: 200, has: []string{nosniff, same, framed, "X-Frame-Options: SAMEORIGIN"}, not: []string{"Strict-"}},
		{name: "page over TLS", request: request{url: "/", host: "demo.example", header: tls}, status: 200, has: []string{hsts}},
		{name: "shared", request: request{url: "/www/demo/"}, status: 200, has: []string{nosniff, none, framed}},
		{name: "JSON", request: request{url: "/api/json", host: "demo.example"}, status: 200, has: []string{nosniff, same}, not: []string{"frame-ancestors"}},
		{name: "HTML of an endpoint", request: request{url: "/api/html", host: "demo.example"}, status: 200, has: []string{framed}},
		{name: "its own policy", request: request{url: "/api/own", host: "demo.example"}, status: 200, has: []string{"default-src 'none'"}, not: []string{"frame-ancestors"}},
		{name: "nothing there", request: request{url: "/api/none", host: "demo.example", header: tls}, status: 404, has: []string{nosniff, same, hsts}},
	})
}

func TestDomainSaysWhoMayFrameItsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	w.file(".domain/domain.json", `{defaults:{frame_ancestors:"https://a.example x;y https://b.example"}}`)
	w.file("www/index.html", "<p>")
	w.scenarios(t, []scenario{{
		name: "page", request: request{url: "/", host: "demo.example"}, status: 200,
		has: []string{"Content-Security-Policy: frame-ancestors 'self' https://a.example https://b.example"}, not: []string{"X-Frame-Options", "x;y"},
	}})
}

func TestCookiesAreHardened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	set := func(cookie string) string {
		return meta(`{"http-dynamic-header":true}`, `head 'Set-Cookie: `+cookie+`\nSet-Cookie: b=2; HttpOnly=no; SameSite=Strict\n\nx'`)
	}
	w.api("a", set("a=1"), "b", set("a=1; Path=/; SameSite=None; Secure; HttpOnly"), "c", meta(`{"http-header-Set-Cookie":"c=3"}`, "echo x"))
	for _, v := range []struct {
		url   string
		proto string
		want  []string
	}{
		{"a", "http", []string{"a=1; HttpOnly; SameSite=Lax", "b=2; SameSite=Strict"}},
		{"a", "https", []string{"a=1; HttpOnly; SameSite=Lax; Secure", "b=2; SameSite=Strict; Secure"}},
		{"b", "https", []string{"a=1; Path=/; SameSite=None; Secure; HttpOnly", "b=2; SameSite=Strict; Secure"}},
		{"c", "https", []string{"c=3; HttpOnly; SameSite=Lax; Secure"}},
		{"c", "http", []string{"c=3; HttpOnly; SameSite=Lax"}},
	} {
		res := w.do(request{url: "/api/demo/" + v.url, header: []string{"X-Forwarded-Proto: " + v.proto}})
		if got := res.Header["Set-Cookie"]; !slices.Equal(got, v.want) {
			t.Errorf("%s over %s: %q", v.url, v.proto, got)
		}
	}
}

// A cookie reaches the hosts of its own domain only: one for a parent of them would
// be sent to other domains too.
func TestACookieIsForTheDomainsOwnHosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	w.grant("demo", "host", "a.demo.example")
	w.api("set", meta(`{"http-dynamic-header":true}`, `head 'Set-Cookie: a=1; Domain=${http-qs-d}; Path=/\n\nx'`))
	for d, kept := range map[string]bool{
		"demo.example": true, ".demo.example": true, "Demo.Example": true,
		"example": false, ".example": false, "other.example": false, "localhost": false, "": false,
	} {
		res := w.do(request{url: "/api/set?d=" + d, host: "a.demo.example"})
		if got := strings.Join(res.Header["Set-Cookie"], ""); strings.Contains(got, "Domain") != kept || !strings.HasPrefix(got, "a=1; ") {
			t.Errorf("%q: %q", d, got)
		}
	}
}

// TestForeignPagesChangeNothingByCookie sends what a browser sends for a page of
// another origin, with the cookie that signs in.
func TestForeignPagesChangeNothingByCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	const cookie = `{"http-www-ticket":"cookie:SID"`
	w.api("any", meta(cookie+`}`, "write a"), "get", meta(cookie+`,"http-methods":"GET POST"}`, "write a"),
		"read", meta(cookie+`}`, "echo ok"), "friend", meta(cookie+`,"http-cross-origin":"https://friend.example"}`, "write a"))
	cross := []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}
	for _, v := range []struct {
		method, url string
		header      []string
		status      int
	}{
		{"POST", "any", cross, 403},
		{"PUT", "any", cross, 403},
		{"DELETE", "any", cross, 403},
		{"GET", "any", cross, 403}, // it writes, and never said that it takes a GET
		{"HEAD", "any", cross, 403},
		{"GET", "any", []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: none"}, 200}, // typed in
		{"GET", "any", []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: same-origin"}, 200},
		// Without TLS a browser sends no Sec-Fetch-Site, and with a GET no Origin.
		{"GET", "any", []string{"Cookie: SID=T-bai"}, 403},
		{"HEAD", "any", []string{"Cookie: SID=T-bai"}, 403},
		{"GET", "any", []string{"Cookie: SID=T-bai", "Referer: http://b.demo.example/"}, 403},
		{"GET", "any", []string{"Cookie: SID=T-bai", "Referer: http://demo.example.evil.example/"}, 403},
		{"GET", "any", []string{"Cookie: SID=T-bai", "Referer: http://demo.example/list"}, 200},
		{"GET", "any", nil, 200}, // nobody's cookie
		{"GET", "get", []string{"Cookie: SID=T-bai"}, 200},
		{"GET", "read", []string{"Cookie: SID=T-bai"}, 200},
		{"GET", "get", cross, 200}, // it said so
		{"POST", "get", cross, 403},
		{"GET", "read", cross, 200},
		{"POST", "any", []string{"Cookie: SID=T-bai", "Origin: null"}, 403},
		{"POST", "any", []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: same-site"}, 403},
		{"POST", "any", []string{"Cookie: SID=T-bai", "Origin: https://demo.example.evil.example"}, 403},
		{"POST", "any", []string{"Cookie: SID=T-bai", "Origin: http://demo.example"}, 200},
		{"POST", "any", []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: same-origin", "Origin: http://demo.example"}, 200},
		{"POST", "any", []string{"Cookie: SID=T-bai"}, 200},                                          // no browser
		{"POST", "any", []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 200}, // nobody's cookie
		{"POST", "friend", []string{"Cookie: SID=T-bai", "Sec-Fetch-Site: cross-site", "Origin: https://friend.example"}, 200},
		{"POST", "friend", cross, 403},
	} {
		res := w.do(request{method: v.method, url: "/api/" + v.url, host: "demo.example", header: v.header})
		if res.StatusCode != v.status {
			t.Errorf("%s %s %q: %d, want %d", v.method, v.url, v.header, res.StatusCode, v.status)
		}
		if v.status == 403 && res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: a foreign page may read the answer", v.method, v.url)
		}
	}
}

func TestForwardedHeaderCountsWhenItIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:1::/48")}
		o.ProxyHeader = Forwarded
	})
	w.api("addr", plain+"${http-remote} ${http-url}")
	for _, v := range []struct{ header, want string }{
		{`for=1.2.3.4;proto=https`, "1.2.3.4 https://"},
		{`for=6.6.6.6, for="1.2.3.4:8080";proto=http;by=192.0.2.9`, "1.2.3.4 http://"},
		{`For="[2001:db8:cafe::17]:4711"`, "2001:db8:cafe::17 http://"},
		{`for=1.2.3.4, for="[2001:db8:1::5]"`, "1.2.3.4 http://"},
		{`for=unknown`, "192.0.2.1 http://"},
		{`for=_hidden, for=192.0.2.7`, "192.0.2.7 http://"},
		{`rubbish`, "192.0.2.1 http://"},
	} {
		res := w.do(request{url: "/api/demo/addr", header: []string{"Forwarded: " + v.header, "X-Forwarded-For: 9.9.9.9"}})
		if got := bodyOf(res); !strings.HasPrefix(got, v.want) {
			t.Errorf("%s: %q, want %q", v.header, got, v.want)
		}
	}
}

// No endpoint speaks for a host that is not its domain's own, nor to a proxy before
// the server.
func TestAnEndpointSetsNoHeaderForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("demo", "host", "demo.example")
	const nel = `NEL: {"report_to":"x","max_age":9}\nAlt-Svc: h3=":9"\nReport-To: {}\nStrict-Transport-Security: max-age=9; includeSubDomains`
	w.api("dynamic", meta(`{"http-dynamic-header":true}`, `head '`+nel+`\nX-Accel-Redirect: /internal\nX-Sendfile: /etc/passwd\nX-Mine: 1\n\nx'`),
		"fixed", meta(`{"http-header-Alt-Svc":"h3=\":9\"","http-header-X-Mine":"1"}`, "echo x"))
	orders, shared := []string{"X-Accel-Redirect", "X-Sendfile"}, []string{"Nel:", "Alt-Svc:", "Report-To:", "Strict-Transport-Security:"}
	alone := []scenario{
		{name: "of one owner", request: request{url: "/api/demo/dynamic"}, status: 200, has: append([]string{"X-Mine: 1"}, shared...), not: orders},
	}
	w.scenarios(t, alone)
	if _, err := w.root.Create("other"); err != nil {
		t.Fatal(err)
	}
	w.grant("other", "owner", "somebody")
	w.scenarios(t, []scenario{
		{name: "own host", request: request{url: "/api/dynamic", host: "demo.example"}, status: 200, has: append([]string{"X-Mine: 1"}, shared...), not: orders},
		{name: "shared host", request: request{url: "/api/demo/dynamic"}, status: 200, has: []string{"X-Mine: 1"}, not: append(orders, shared...)},
		{name: "shared host, fixed", request: request{url: "/api/demo/fixed"}, status: 200, has: []string{"X-Mine: 1"}, not: shared},
	})
}

// Who asks an endpoint over and over writes no line of the log each time.
func TestWhatAnAnswerIsRefusedIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("a", meta(`{"http-dynamic-header":true}`, `head 'Clear-Site-Data: *\nRateLimit-${http-qs-n}: 1\nSet-Cookie: a=1; Domain=n${http-qs-n}.example\n\nx'`))
	for i := range 100 {
		w.do(request{url: fmt.Sprintf("/api/demo/a?n=%d", i%50)})
	}
	text := w.log.String()
	if n := strings.Count(text, "header=Clear-Site-Data"); n != 1 {
		t.Errorf("one header is told %d times", n)
	}
	if n := strings.Count(text, "level=WARN"); n > maxTold+10 {
		t.Errorf("%d lines:\n%.2000s", n, text)
	}
}
