package main

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	pebbledb "github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// authority is Let's Encrypt's test server, pebble, in this process; it asks a
// DNS for which every name is 127.0.0.1.
type authority struct {
	url     string
	handler atomic.Pointer[http.Handler]
	orders  atomic.Int64
	roots   *x509.CertPool
}

// newAuthority listens; it works once open has told it the port that it is to
// check hosts at. Processes that are started later trust its certificate.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/order-plz" {
			a.orders.Add(1)
		}
		if h := a.handler.Load(); h != nil {
			(*h).ServeHTTP(w, r)
			return
		}
		http.Error(w, "closed", http.StatusServiceUnavailable)
	}))
	t.Cleanup(srv.Close)
	a.url = srv.URL + "/dir"
	file := filepath.Join(t.TempDir(), "acme.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0") // else one order of twenty is sent twice
	return a
}

func (a *authority) open(t *testing.T, port int) {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	store := pebbledb.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})
	checks := va.New(quiet, port, port, false, everyNameIsHere(t), store)
	front := wfe.New(quiet, store, checks, issuer, []string{"pebble.letsencrypt.org"}, false, false, 1, 1)
	h := front.Handler()
	a.handler.Store(&h)
	a.roots = x509.NewCertPool()
	root := issuer.GetRootCert(0)
	c, err := x509.ParseCertificate(root.DER)
	if err != nil {
		t.Fatal(err)
	}
	a.roots.AddCert(c)
}

// everyNameIsHere is a DNS server, on TCP as pebble asks it.
func everyNameIsHere(t *testing.T) string {
	t.Helper()
	conn, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{Listener: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1),
			})
		}
		w.WriteMsg(m)
	})}
	go srv.ActivateAndServe()
	t.Cleanup(func() { srv.Shutdown() })
	return conn.Addr().String()
}

func TestCertificatesComeByThemselvesForMappedHosts(t *testing.T) {
	a := newAuthority(t)
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.write("demo", "www/index.html", "<p>hello")
	r.must("grant", "demo", "host", "demo.example")
	s := r.serve("--acme-email", "owner@example.com", "--acme-directory", a.url)
	a.open(t, s.port(t))

	res, err := s.visit(browser("demo.example", a.roots), "GET", "/", "")
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%v %v\n%s", res, err, s.errs.String())
	}
	if _, err := s.visit(browser("stranger.example", a.roots), "GET", "/", ""); err == nil {
		t.Error("a certificate for a host that is no domain's")
	}
	if n := a.orders.Load(); n != 1 {
		t.Errorf("%d orders", n)
	}
	for _, e := range entries(t, r.path(".carya", "acme")) {
		if fi, err := e.Info(); err != nil || fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v %v", e.Name(), fi.Mode(), err)
		}
	}
	s.stop()
	a.handler.Store(nil) // what was got once is kept
	s = r.serve("--acme-email", "owner@example.com", "--acme-directory", a.url)
	if _, err := s.visit(browser("demo.example", a.roots), "GET", "/", ""); err != nil {
		t.Errorf("after a restart, without the authority: %v", err)
	}
}

func (s *server) port(t *testing.T) int {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func entries(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v, %d entries", dir, err, len(list))
	}
	return list
}
