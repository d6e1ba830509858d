package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// selfSigned writes a fresh certificate for demo.example and gives its pool.
func selfSigned(t *testing.T, cert, key string) *x509.CertPool {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "demo.example"}, DNSNames: []string{"demo.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	c, _ := x509.ParseCertificate(der)
	pool.AddCert(c)
	return pool
}

// browser is a client that knows the server as host and trusts pool. It keeps no
// connection.
func browser(host string, pool *x509.CertPool) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: host}, DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *server) visit(c *http.Client, method, path, form string) (*http.Response, error) {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	req.Host = "demo.example"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.Do(req)
	if err == nil {
		res.Body.Close()
	}
	return res, err
}

func TestServeSpeaksTLSAndTakesANewCertificate(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo", "--pack", "auth")
	r.newPerson("demo", `nm:"anna"`)
	r.write("demo", "www/index.html", "<p>hello")
	r.must("grant", "demo", "host", "demo.example")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := selfSigned(t, cert, key)
	s := r.serve("--tls-cert", cert, "--tls-key", key, "--listen-http", "127.0.0.1:0")
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatal(s.url)
	}
	res, err := s.visit(browser("demo.example", pool), "GET", "/", "")
	if err != nil || res.StatusCode != 200 || res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("%v %v", res, err)
	}
	res, err = s.visit(browser("demo.example", pool), "POST", "/api/auth/login_by_passwd", "name=anna&passwd="+strings.ReplaceAll(passwd, " ", "+")+"&site="+r.siteID("demo", "~/www"))
	if err != nil || !strings.HasSuffix(res.Header.Get("Set-Cookie"), "; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("%v %v", res.Header, err)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "demo.example", MaxVersion: tls.VersionTLS11}}}
	if _, err := s.visit(old, "GET", "/", ""); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if err := os.WriteFile(cert, []byte("half of a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(certPause) // what is broken is looked at and passed over
	if _, err := s.visit(browser("demo.example", pool), "GET", "/", ""); err != nil {
		t.Errorf("with a broken file: %v", err)
	}
	fresh := selfSigned(t, cert, key)
	until(t, 20*time.Second, "the new certificate", func() bool {
		_, err := s.visit(browser("demo.example", fresh), "GET", "/", "")
		return err == nil
	})
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, s.errs)
	}
}

func TestServeRefusesOptionsThatContradict(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	for _, words := range []string{
		"--tls-cert a.pem", "--tls-key a.pem", "--tls-cert a --tls-key b --acme-email a@example.com", "--listen-http :0",
		"--trust-proxy nonsense", "--proxy-header X-Real-IP",
	} {
		if _, errs, code := r.run("", append([]string{"serve"}, strings.Fields(words)...)...); code != 2 {
			t.Errorf("serve %s: exit %d %s", words, code, errs)
		}
	}
	if _, errs, code := r.run("", "serve", "--listen", "127.0.0.1:0", "--admin", "", "--tls-cert", "/none", "--tls-key", "/none"); code != 1 || !strings.Contains(errs, "--tls-cert") {
		t.Errorf("a missing file: exit %d %s", code, errs)
	}
}
