package cmds

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/shelltest"
)

// other is another server, and a session whose domain may call it when the operator
// granted it.
func other(t *testing.T, granted bool, h http.HandlerFunc) (host string, typed shelltest.Session) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	host = strings.TrimPrefix(s.URL, "http://")
	d := fresh(t)
	conf := fmt.Sprintf("{http:{hosts:[%q],private:true}}", host) // which alone opens nothing
	if err := d.Tree(domain.Owner).WriteFile(".domain/domain.json", []byte(conf)); err != nil {
		t.Fatal(err)
	}
	if granted {
		if _, err := d.Root().Grant(d.Name(), grant.Change{Kind: "network", Value: host}); err != nil {
			t.Fatal(err)
		}
	}
	env := shell.Env{Domain: d, Who: domain.Owner, Lang: domain.EN, Vars: shell.MapVars{"host": host, "x": "a/../b?c=d&e#f ", "dots": ".."}}
	return host, shelltest.Lines(t.Context(), registry(), env)
}

func say(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/missing":
		http.Error(w, "no", http.StatusNotFound)
	case "/away":
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	case "/long":
		io.WriteString(w, strings.Repeat("x", 5000))
	case "/slow":
		<-r.Context().Done()
	default:
		fmt.Fprintf(w, "%s %s %s %s|%s\n", r.Method, r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("X-A"), body)
	}
}

func TestHTTPCalls(t *testing.T) {
	t.Parallel()
	host, typed := other(t, true, say)
	for _, c := range []struct{ line, want string }{
		{"http http://HOST/a?b=c -query '{d:[1,2],e:\"&\"}'", "GET /a?b=c&d=1&d=2&e=%26  |\n"},
		{"http http://HOST/ -form '{a:\"x y\",b:\"&\"}'", "POST / application/x-www-form-urlencoded |a=x+y&b=%26\n"},
		{"http http://HOST/ -json '{a:1}' -headers '{X-A:\"q\"}'", "POST / application/json q|{\"a\":1}\n"},
		{"echo '{b:2}' | http http://HOST/ -json -X PUT", "PUT / application/json |{\"b\":2}\n"},
		{"echo hi | http http://HOST/ -body -mime text/plain", "POST / text/plain |hi\n\n"},
		{"http http://HOST/p/${x}", "GET /p/a%2F..%2Fb%3Fc=d&e%23f%20  |\n"},
		{"http http://HOST/p?q=${x}", "GET /p?q=a%2F..%2Fb%3Fc%3Dd%26e%23f+  |\n"},
		{"http http://HOST/p/${dots}/q", "e.cmd.arg : a part of a URL's path cannot be ..\n"},
		{"http http://${x}/", "e.cmd.arg : not an http or https URL\n"},
		{"http http://HOST/missing", "e.http.status : HOST answered 404\n"},
		{"http http://HOST/missing -full -c | json -get status", "404\n"},
		{"http http://HOST/away", "e.http.host : 127.0.0.1:1\n"},
		{"http http://HOST/long -max 1000", "e.io.toolarge : the answer of HOST\n"},
		{"http http://HOST/slow -timeout 0.05", "e.http.failed : HOST took too long\n"},
		{"http http://HOST/ -headers '{\"X-A\":\"a\\nb: c\"}'", "e.cmd.arg : a header value is one line: X-A\n"},
		{"http file:///etc/passwd", "e.cmd.arg : not an http or https URL\n"},
		{"http http://user@HOST/", "e.cmd.arg : not an http or https URL\n"},
		{"http http://localhost/", "e.http.host : localhost\n"},
	} {
		got := typed(strings.ReplaceAll(c.line, "HOST", host))
		if got = strings.ReplaceAll(got, host, "HOST"); !strings.HasSuffix(got, c.want) {
			t.Errorf("$ %s\n got %q\nwant %q", c.line, got, c.want)
		}
	}
}

func TestHTTPNeverCallsPrivateAddressesUnlessGranted(t *testing.T) {
	t.Parallel()
	called := false
	host, typed := other(t, false, func(http.ResponseWriter, *http.Request) { called = true })
	if got := typed("http http://" + host + "/"); got != "e.http.host : an address that is not public, nor granted by the operator\n" || called {
		t.Errorf("got %q, called %v", got, called)
	}
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	var r rules
	for _, text := range []string{"a.com", "*.b.com", "c.com:8443", "商店.cn", "[::1]", "[::1]:9000", "D.com:443"} {
		p, err := outbound.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		r.hosts = append(r.hosts, p)
	}
	for text, want := range map[string]bool{
		"https://a.com/": true, "http://A.COM:80/": true, "https://a.com.:443/": true, "https://a.com:8443/": false,
		"https://x.a.com/": false, "https://x.b.com/": true, "https://b.com/": false, "https://evilb.com/": false,
		"https://c.com:8443/": true, "https://c.com/": false, "https://c.com:99999/": false, "https://a.com:99999/": false,
		"https://xn--czrs0t.cn/": true, "https://商店.cn/": true, "http://[::1]/": true, "http://[0::1]:9000/": true, "http://[::1]:9001/": false,
		"https://d.com/": true, "http://d.com/": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.allow(u) == nil; got != want {
			t.Errorf("allow(%s) = %v", text, got)
		}
	}
	for _, text := range []string{"", "*", "*.", "https://a.com", "a.com/x", "a b", "a.com:0", "a.com:99999", "a.com:", "*a.com", "a.*.com"} {
		if p, err := outbound.ParsePattern(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
