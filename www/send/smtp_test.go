package send

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// queryAll is every record.
var queryAll = thingset.Query{}

const smtpPasswd = "mail s3cret"

// postfix is a real SMTP server in the test's process.
type postfix struct {
	addr  *net.TCPAddr
	ca    string // PEM
	rcpt  func(to string) error
	mu    sync.Mutex
	mails []string
}

// mailbox is one connection.
type mailbox struct {
	of  *postfix
	in  bool
	tls bool
}

func (s *mailbox) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailbox) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, passwd string) error {
		if user != "me" || passwd != smtpPasswd {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no"}
		}
		s.in = true
		return nil
	}), nil
}

func (s *mailbox) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *mailbox) Rcpt(to string, _ *smtp.RcptOptions) error { return s.of.rcpt(to) }

func (s *mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.mails = append(s.of.mails, fmt.Sprintf("tls=%v\n%s", s.tls, text))
	return err
}

func (s *mailbox) Reset()        {}
func (s *mailbox) Logout() error { return nil }

// newPostfix serves with STARTTLS, or with TLS from the first byte.
func newPostfix(t *testing.T, implicit bool) *postfix {
	t.Helper()
	cert, ca := certificate(t)
	p := &postfix{ca: ca, rcpt: func(string) error { return nil }}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, secure := c.TLSConnectionState()
		return &mailbox{of: p, tls: secure}, nil
	}))
	srv.Domain, srv.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.ErrorLog = quietLog{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().(*net.TCPAddr)
	if implicit {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return p
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// certificate is one of 127.0.0.1's own.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// mailDesk is a domain that sends by this server.
func mailDesk(t *testing.T, p *postfix, how, passwd string, o Options) *desk {
	t.Helper()
	w := newDesk(t, fmt.Sprintf(`{senders:{mail:{use:"smtp", host:"127.0.0.1", port:%d, tls:%q, user:"me", passwd:"file:secrets/smtp",
		from:"Carya <me@example.com>", ca:"ca.pem"}}}`, p.addr.Port, how), o)
	w.write("secrets/smtp", passwd)
	w.write("ca.pem", p.ca)
	return w
}

func TestSMTPDelivers(t *testing.T) {
	t.Parallel()
	for how, implicit := range map[string]bool{"starttls": false, "ssl": true} {
		p := newPostfix(t, implicit)
		w := mailDesk(t, p, how, smtpPasswd, quick)
		m := code(Mail, "a@example.com")
		m.Lang = "zh-cn"
		id, err := w.post.Send(t.Context(), m)
		if err != nil {
			t.Fatal(how, err, w.log)
		}
		if len(p.mails) != 1 || !strings.HasPrefix(p.mails[0], "tls=true\n") {
			t.Fatalf("%s: %q", how, p.mails)
		}
		for _, want := range []string{"From: \"Carya\" <me@example.com>", "To: <a@example.com>", "Subject: =?UTF-8?", "Auto-Submitted: auto-generated", "123456"} {
			if !strings.Contains(p.mails[0], want) {
				t.Errorf("%s: no %s in\n%s", how, want, p.mails[0])
			}
		}
		if s := w.state(id); s.Get("state").String() != "sent" || s.Get("sender").String() != "smtp" {
			t.Error(s)
		}
	}
}

func TestSMTPFailures(t *testing.T) {
	t.Parallel()
	p := newPostfix(t, false)
	n := 0
	p.rcpt = func(to string) error {
		switch n++; {
		case strings.HasPrefix(to, "gone"):
			return &smtp.SMTPError{Code: 550, Message: "no such user"}
		case strings.HasPrefix(to, "grey") && n < 2:
			return &smtp.SMTPError{Code: 451, Message: "come back"}
		}
		return nil
	}
	for _, c := range []struct {
		name, to, passwd string
		ca               bool
		tries            int64
		want             string
	}{
		{"refused receiver", "gone@example.com", smtpPasswd, true, 1, "e.send.refused"},
		{"grey list", "grey@example.com", smtpPasswd, true, 2, ""},
		{"wrong password", "a@example.com", "wrong", true, 1, "e.send.failed"},
		{"unknown authority", "a@example.com", smtpPasswd, false, 1, "e.send.failed"},
	} {
		n = 0
		w := mailDesk(t, p, "starttls", c.passwd, quick)
		if !c.ca {
			_, other := certificate(t)
			w.write("ca.pem", other)
		}
		_, err := w.post.Send(t.Context(), code(Mail, c.to))
		set, _ := w.post.Deliveries(t.Context())
		var tries int64
		for rec, e := range set.Each(t.Context(), queryAll) {
			if e != nil {
				t.Fatal(e)
			}
			tries = w.state(rec.ID).Get("tries").Int()
		}
		if domain.CodeOf(err) != c.want || tries != c.tries {
			t.Errorf("%s: %d tries, %v", c.name, tries, err)
		}
		for _, text := range []string{fmt.Sprint(err), w.log.String()} {
			if strings.Contains(text, smtpPasswd) || strings.Contains(text, "123456") {
				t.Errorf("%s: a secret in %s", c.name, text)
			}
		}
	}
}

func TestSMTPSilenceEnds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &postfix{addr: l.Addr().(*net.TCPAddr)}
	_, p.ca = certificate(t)
	o := quick
	o.Try, o.Pauses = 100*time.Millisecond, []time.Duration{}
	w := mailDesk(t, p, "starttls", smtpPasswd, o)
	if _, err := w.post.Send(t.Context(), code(Mail, "a@example.com")); domain.CodeOf(err) != "e.send.failed" {
		t.Error(err)
	}
}

func TestSMTPIsNeverOpen(t *testing.T) {
	t.Parallel()
	// A server without STARTTLS gets neither password nor mail.
	var heard bytes.Buffer
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "220 plain\r\n")
		buf := make([]byte, 1024)
		for {
			n, err := c.Read(buf)
			heard.Write(buf[:n])
			if err != nil {
				return
			}
			io.WriteString(c, "250-plain\r\n250 AUTH PLAIN LOGIN\r\n")
		}
	}()
	o := quick
	o.Pauses = []time.Duration{}
	p := &postfix{addr: l.Addr().(*net.TCPAddr)}
	_, p.ca = certificate(t)
	w := mailDesk(t, p, "starttls", smtpPasswd, o)
	if _, err := w.post.Send(t.Context(), code(Mail, "a@example.com")); err == nil {
		t.Error("sent")
	}
	l.Close()
	<-done
	if text := heard.String(); strings.Contains(text, "AUTH") || strings.Contains(text, "MAIL") {
		t.Errorf("said in the open: %s", text)
	}
}

func TestSMTPSettings(t *testing.T) {
	t.Parallel()
	for want, conf := range map[string]string{
		"mail.host":   `{use:"smtp", from:"a@example.com"}`,
		"mail.from":   `{use:"smtp", host:"mail.example.com"}`,
		"mail.passwd": `{use:"smtp", host:"mail.example.com", from:"a@example.com", user:"me", passwd:"plain"}`,
		"mail.tls":    `{use:"smtp", host:"mail.example.com", from:"a@example.com", tls:"none"}`,
		"mail.ca":     `{use:"smtp", host:"mail.example.com", from:"a@example.com", ca:"none.pem"}`,
		"mail.use":    `{use:"pigeon"}`,
		"cost":        `{cost:-1}`,
	} {
		w := newDesk(t, `{senders:{mail:`+conf+`}}`, quick)
		_, err := w.post.Send(t.Context(), code(Mail, "a@example.com"))
		if domain.CodeOf(err) != "e.send.config" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := os.Stat(filepath.Join(w.d.Dir(), ".domain/outbox")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was sent", want)
		}
	}
}

func TestSMTPStopsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newPostfix(t, false)
	w := mailDesk(t, p, "starttls", smtpPasswd, quick)
	c, err := ReadConfig(w.d, Mail)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.post.sender(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := code(Mail, "a@example.com")
	if err := s.Send(ctx, &m); err == nil || len(p.mails) != 0 {
		t.Errorf("%v, %d mails", err, len(p.mails))
	}
}
