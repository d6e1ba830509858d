package send

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/caryahq/carya/domain"
)

// smtpSender hands mail to an SMTP server (RFC 5321, RFC 6409), one connection a
// message:
//
//	mail: {
//	  use:    "smtp",
//	  host:   "smtp.example.com",
//	  port:   587,                  // 465 with tls:"ssl"
//	  tls:    "starttls",           // or "ssl" from the first byte; "none" to this machine only
//	  user:   "me@example.com",     // without it there is no sign-in
//	  passwd: "env:SMTP_PASSWD",
//	  from:   "Me <me@example.com>",
//	  ca:     "own.pem",            // ~/.domain/own.pem: whom to trust besides the system's authorities
//	}
type smtpSender struct {
	host, from string
	options    []mail.Option
	dial       mail.DialContextFunc
	now        func() time.Time
}

func newSMTP(c *Config, o Options) (Sender, error) {
	s := &smtpSender{now: o.Now}
	var err error
	if s.host, err = c.Need("host"); err != nil {
		return nil, err
	}
	if s.from, err = c.Need("from"); err != nil {
		return nil, err
	}
	if err := mail.NewMsg().From(s.from); err != nil {
		return nil, c.fault("from", domain.Text{ZH: "不是邮箱地址", EN: "not an address"})
	}
	s.options = []mail.Option{mail.WithTimeout(o.Try), mail.WithoutNoop()}
	if err := s.secure(c, func(ctx context.Context, network, address string) (net.Conn, error) {
		return o.Out.Dial(ctx, c.d, network, address)
	}); err != nil {
		return nil, err
	}
	if user := c.Text("user", ""); user != "" {
		passwd, err := c.Secret("passwd")
		if err != nil {
			return nil, err
		}
		s.options = append(s.options, mail.WithUsername(user), mail.WithPassword(passwd), mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover))
	}
	if _, err := s.client(); err != nil {
		return nil, domain.Wrap(err, "e.send.config", domain.Text{ZH: "domain.json：senders.mail：smtp 设置有误", EN: "domain.json: senders.mail: the settings of smtp are wrong"})
	}
	return s, nil
}

// secure sets how the connection is protected. A password never goes over an open
// one, except inside this machine.
func (s *smtpSender) secure(c *Config, plain mail.DialContextFunc) error {
	s.dial = plain
	conf := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if file := c.Text("ca", ""); file != "" {
		pool, err := authorities(c.d, file)
		if err != nil {
			return c.fault("ca", domain.AsError(err).Said())
		}
		conf.RootCAs = pool
	}
	port := int64(587)
	switch how := c.Text("tls", "starttls"); how {
	case "starttls":
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "ssl":
		port = 465
		s.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			return overTLS(ctx, conf, plain, network, address)
		}
		s.options = append(s.options, mail.WithTLSPolicy(mail.TLSOpportunistic)) // it is encrypted already
	case "none":
		if !isLoopback(s.host) {
			return c.fault("tls", domain.Text{ZH: "none 只用于本机的服务器", EN: "none is for a server on this machine"})
		}
		s.options = append(s.options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return c.fault("tls", domain.Text{ZH: "只能是 starttls、ssl 或 none", EN: "want starttls, ssl or none"})
	}
	s.options = append(s.options, mail.WithTLSConfig(conf), mail.WithPort(int(c.Number("port", port))), mail.WithDialContextFunc(s.dial))
	return nil
}

// overTLS connects and speaks TLS from the first byte.
func overTLS(ctx context.Context, conf *tls.Config, dial mail.DialContextFunc, network, address string) (net.Conn, error) {
	plain, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(plain, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		plain.Close()
		return nil, err
	}
	return conn, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// authorities are the system's, and those of a PEM file below ~/.domain.
func authorities(d *domain.Domain, file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	p, err := domain.ParsePath(".domain/" + strings.TrimPrefix(file, "~/.domain/"))
	if err != nil || strings.HasPrefix(file, "/") {
		return nil, domain.E("e.send.config", domain.Textf("%v 无法打开：应是 ~/.domain 下的文件", "%v cannot be opened: want a file below ~/.domain", file))
	}
	pem, err := domain.ReadFile(d.Files(), p, domain.MaxText)
	if err != nil {
		return nil, domain.E("e.send.config", domain.Textf("%v 无法打开", "%v cannot be opened", file))
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, domain.E("e.send.config", domain.Textf("%v 中没有证书", "%v holds no certificate", file))
	}
	return pool, nil
}

func (s *smtpSender) client() (*mail.Client, error) { return mail.NewClient(s.host, s.options...) }

func (s *smtpSender) Send(ctx context.Context, m *Message) error {
	msg, err := newMail(s.from, m, s.now())
	if err != nil {
		return Permanent(err)
	}
	client, err := s.client()
	if err != nil {
		return Permanent(domain.Wrap(err, "e.send.config", "smtp"))
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return smtpError(err)
	}
	return nil
}

// smtpError tells what another try may mend: not an answer of 5xx (RFC 5321,
// 4.2.1), nor a certificate that is not trusted.
func smtpError(err error) error {
	code := 0
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		code = e.Code
	}
	if e, ok := errors.AsType[*mail.SendError](err); ok && code == 0 {
		code = e.ErrorCode()
	}
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case domain.CodeOf(err) == "e.http.host":
		return Permanent(domain.Wrap(err, "e.send.config", domain.Text{ZH: "smtp：服务器的地址不是公网地址，运营者也没有授予", EN: "smtp: the server has an address that is not public, nor granted by the operator"}))
	case code == 535 || code == 534 || code == 530:
		return Permanent(domain.Wrap(err, "e.send.failed", domain.Textf("smtp：服务器拒绝登录，%v", "smtp: the server refuses the sign-in, %v", code)))
	case code >= 500:
		return Permanent(domain.Wrap(err, "e.send.refused", "smtp:", code))
	case cert:
		return Permanent(domain.Wrap(err, "e.send.failed", domain.Text{ZH: "smtp：不信任服务器的证书", EN: "smtp: the server's certificate is not trusted"}))
	case code != 0:
		return domain.Wrap(err, "e.send.failed", "smtp:", code)
	}
	return domain.Wrap(err, "e.send.failed", domain.Text{ZH: "smtp：无法连接", EN: "smtp: no connection"})
}
