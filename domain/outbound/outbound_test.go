package outbound

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// testDomain is a domain of a fresh root that was granted networks.
func testDomain(t *testing.T, log io.Writer, networks ...string) *domain.Domain {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	d, err := root.Create("demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		change(t, d, grant.Change{Kind: "network", Value: n})
	}
	return d
}

func change(t *testing.T, d *domain.Domain, c grant.Change) {
	t.Helper()
	if _, err := d.Root().Grant(d.Name(), c); err != nil {
		t.Fatal(err)
	}
}

// serve answers at addresses of this machine that share one port.
func serve(t *testing.T, h http.Handler, ips ...string) (port uint16) {
	t.Helper()
	for _, ip := range ips {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, fmt.Sprint(port)))
		if err != nil {
			t.Fatal(err)
		}
		port = l.Addr().(*net.TCPAddr).AddrPort().Port()
		srv := &http.Server{Handler: h}
		go srv.Serve(l)
		t.Cleanup(func() { srv.Close() })
	}
	return port
}

// ip answers the address that it was asked at, and counts.
func ip(asked *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		host, _, _ := net.SplitHostPort(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		io.WriteString(w, host)
	})
}

// get is what a domain gets of an address, or the error's code.
func get(t *testing.T, x *Dialer, d *domain.Domain, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := x.Client(d, func(*http.Request, []*http.Request) error { return nil }).Do(req)
	if err != nil {
		return domain.CodeOf(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestNoPrivateNetworkIsReachedWithoutAGrant(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	port := serve(t, ip(&asked), "127.0.0.1")
	var log bytes.Buffer
	d, x := testDomain(t, &log), New()
	defer x.Listens(&net.TCPAddr{Port: 1})()
	at := func(host string) string { return fmt.Sprintf("http://%s:%d/", host, port) }
	hosts := []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "0.0.0.0", "[::]", "127.1.2.3", "[64:ff9b::7f00:1]", "[fe80::1%25lo]", "169.254.169.254"}
	for range 2 {
		for _, host := range hosts {
			if got := get(t, x, d, at(host)); got != "e.http.host" || asked.Load() != 0 {
				t.Errorf("%s: %s", host, got)
			}
		}
	}
	command := fmt.Sprintf("carya grant demo network 127.0.0.1:%d", port)
	if n := strings.Count(log.String(), command); n != 1 {
		t.Errorf("the command is told %d times:\n%s", n, log.String())
	}
	if conn, err := x.Dial(t.Context(), d, "unix", "/run/any.sock"); domain.CodeOf(err) != "e.http.host" {
		t.Errorf("a socket of the machine: %v %v", conn, err)
	}
	_, err := x.Dial(t.Context(), d, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if e := domain.AsError(err); e == nil || e.Code != "e.http.host" || strings.Contains(e.Detail+e.DetailZH, "127.0.0.1") || !strings.Contains(e.Error(), command) {
		t.Errorf("the caller is told %v", err)
	}
	change(t, d, grant.Change{Kind: "network", Value: "127.0.0.1"})
	for _, host := range hosts[:3] {
		if got := get(t, x, d, at(host)); got != "127.0.0.1" {
			t.Errorf("%s, granted: %s", host, got)
		}
	}
}

// names is a name server that answers each question for A with the next addresses, and
// the resolver that asks it.
func names(t *testing.T, next func() []string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			for _, a := range next() {
				m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(a)})
			}
		}
		w.WriteMsg(m)
	})}
	go srv.ActivateAndServe()
	t.Cleanup(func() { srv.Shutdown() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name server that answers a granted address at first and another one later leads
// nobody there: each connection is judged by the address that it goes to.
func TestRebindingANameLeadsNowhere(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	port := serve(t, ip(&asked), "127.0.0.2", "127.0.0.1")
	answers := make(chan []string, 8)
	x := New()
	x.resolver = names(t, func() []string { return <-answers })
	d := testDomain(t, io.Discard, "127.0.0.2")
	url := fmt.Sprintf("http://rebind.example:%d/", port)
	for _, c := range []struct {
		answer []string
		want   string
	}{
		{[]string{"127.0.0.2"}, "127.0.0.2"},
		{[]string{"127.0.0.1"}, "e.http.host"},
		{[]string{"127.0.0.2"}, "127.0.0.2"},
		{[]string{"127.0.0.1", "127.0.0.2"}, "127.0.0.2"}, // only one of them may be reached
		{[]string{"0.0.0.0", "10.0.0.1", "169.254.169.254"}, "e.http.host"},
	} {
		answers <- c.answer
		if got := get(t, x, d, url); got != c.want {
			t.Errorf("%v: %s, want %s", c.answer, got, c.want)
		}
		x.transport(d).(*http.Transport).CloseIdleConnections() // so that the name is looked up again
	}
	if asked.Load() != 3 {
		t.Errorf("%d requests came", asked.Load())
	}
}

func TestARedirectIsJudgedAnew(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	private := serve(t, ip(&asked), "127.0.0.1")
	port := serve(t, http.RedirectHandler(fmt.Sprintf("http://127.0.0.1:%d/", private), http.StatusFound), "127.0.0.2")
	d := testDomain(t, io.Discard, "127.0.0.2")
	if got := get(t, New(), d, fmt.Sprintf("http://127.0.0.2:%d/", port)); got != "e.http.host" || asked.Load() != 0 {
		t.Errorf("%s, %d requests", got, asked.Load())
	}
}

func TestTheServersOwnPortsNeedAGrantOfThePort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	x := New()
	closed := x.Listens(l.Addr())
	d := testDomain(t, io.Discard, "127.0.0.0/8", "0.0.0.0/0", "::/0")
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	for _, host := range []string{"127.0.0.1", "127.0.0.2", "0.0.0.0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "localhost"} {
		conn, err := x.Dial(t.Context(), d, "tcp", fmt.Sprintf("%s:%d", host, port))
		if domain.CodeOf(err) != "e.http.host" {
			t.Errorf("%s: %v %v", host, conn, err)
		}
	}
	change(t, d, grant.Change{Kind: "network", Value: fmt.Sprintf("127.0.0.1:%d", port)})
	conn, err := x.Dial(t.Context(), d, "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	change(t, d, grant.Change{Kind: "network", Value: fmt.Sprintf("127.0.0.1:%d", port), Revoke: true})
	closed() // the port may be another's now
	if conn, err = x.Dial(t.Context(), d, "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// A connection that is kept open is used by nobody who could not have opened it, and
// by its domain no longer than the grant lasts.
func TestKeptConnectionsEndWithTheGrant(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	port := serve(t, ip(&asked), "127.0.0.1")
	d, x := testDomain(t, io.Discard, "127.0.0.1"), New()
	other, err := d.Root().Create("other")
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	if got := get(t, x, d, url); got != "127.0.0.1" {
		t.Fatal(got)
	}
	if got := get(t, x, other, url); got != "e.http.host" {
		t.Errorf("another domain: %s", got)
	}
	change(t, other, grant.Change{Kind: "network", Value: "10.0.0.0/8"})
	if got := get(t, x, other, url); got != "e.http.host" {
		t.Errorf("a domain with other networks: %s", got)
	}
	for _, left := range []string{"10.9.0.0/16", ""} {
		if left != "" {
			change(t, d, grant.Change{Kind: "network", Value: left})
		}
		change(t, d, grant.Change{Kind: "network", Value: "127.0.0.1", Revoke: true})
		if got := get(t, x, d, url); got != "e.http.host" {
			t.Errorf("taken back, %q is left: %s", left, got)
		}
		if left != "" {
			change(t, d, grant.Change{Kind: "network", Value: left, Revoke: true})
			change(t, d, grant.Change{Kind: "network", Value: "127.0.0.1"})
		}
	}
}

// A machine's own address may be public. What listens there behind a firewall is
// reached from inside by grant only.
func TestTheMachinesOwnAddressesAreNotPublic(t *testing.T) {
	t.Parallel()
	own, other := netip.MustParseAddr("198.41.0.4"), netip.MustParseAddr("198.41.0.5")
	x := New()
	x.isLocal = func(a netip.Addr) bool { return a == own }
	d := testDomain(t, io.Discard)
	judge := func(a netip.Addr, port uint16) string {
		return domain.CodeOf(x.judge(d, d.Grants(), netip.AddrPortFrom(a, port).String()))
	}
	mapped := netip.AddrFrom16(own.As16())
	for _, a := range []netip.Addr{own, mapped, netip.MustParseAddr("64:ff9b::c629:4")} {
		if code := judge(a, 25); code != "e.http.host" {
			t.Errorf("%v: %q", a, code)
		}
	}
	if code := judge(other, 25); code != "" {
		t.Errorf("another's: %q", code)
	}
	change(t, d, grant.Change{Kind: "network", Value: "198.41.0.4:25"})
	if code := judge(own, 25); code != "" {
		t.Errorf("granted: %q", code)
	}
	if code := judge(own, 26); code != "e.http.host" {
		t.Errorf("another port: %q", code)
	}
}
