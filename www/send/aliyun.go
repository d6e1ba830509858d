package send

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// aliyun sends text messages through Alibaba Cloud's SMS (dysmsapi, SendSms of
// 2017-05-25), signed by ACS3-HMAC-SHA256. Its templates lie with the provider:
//
//	sms: {
//	  use:       "aliyun",
//	  keyId:     "LTAI…",
//	  secret:    "env:ALIYUN_SECRET",
//	  sign:      "My Shop",                           // 短信签名
//	  templates: {"*":"SMS_1", "*.en":"SMS_2", resetpasswd:"SMS_3"},
//	  params:    ["code"],                            // what the template names
//	  url:       "https://dysmsapi.aliyuncs.com",
//	}
//
// Source: help.aliyun.com, "V3版本请求体&签名机制" and "SendSms".
type aliyun struct {
	c                       *Config
	http                    *http.Client
	now                     func() time.Time
	keyID, secret, sign, at string
	params                  []string
}

func newAliyun(c *Config, o Options) (Sender, error) {
	s := &aliyun{c: c, http: o.Client(c.d), now: o.Now, params: c.List("params", "code")}
	var err error
	if s.keyID, err = c.Need("keyId"); err != nil {
		return nil, err
	}
	if s.sign, err = c.Need("sign"); err != nil {
		return nil, err
	}
	if _, err = c.Need("templates"); err != nil {
		return nil, err
	}
	if s.secret, err = c.Secret("secret"); err != nil {
		return nil, err
	}
	s.at, err = c.URL("url", "https://dysmsapi.aliyuncs.com")
	return s, err
}

func (s *aliyun) Send(ctx context.Context, m *Message) error {
	tmpl, err := s.c.ForMessage("templates", m)
	if err != nil {
		return Permanent(err)
	}
	param := map[string]string{}
	for i, v := range values(m, s.params) {
		param[s.params[i]] = v
	}
	raw, err := json.Marshal(param)
	if err != nil {
		return Permanent(err)
	}
	to := strings.TrimPrefix(strings.TrimPrefix(m.To, "+86"), "+") // abroad: the country's prefix, without +
	query := url.Values{"PhoneNumbers": {to}, "SignName": {s.sign}, "TemplateCode": {tmpl}, "TemplateParam": {string(raw)}, "OutId": {m.ID}}
	req, err := http.NewRequest(http.MethodPost, s.at+"/?"+acsQuery(query), nil)
	if err != nil {
		return Permanent(domain.Wrap(err, "e.send.config", "senders.sms.url"))
	}
	signACS3(req, "SendSms", "2017-05-25", s.keyID, s.secret, domain.NewID(), s.now())
	status, body, err := call(ctx, s.http, req)
	if err != nil {
		return err
	}
	switch answer := gjson.GetBytes(body, "Code").String(); {
	case status == http.StatusOK && answer == "OK":
		return nil
	case strings.HasPrefix(answer, "Throttling"), answer == "isp.SYSTEM_ERROR", status == http.StatusOK && answer == "":
		return domain.E("e.send.failed", domain.Textf("阿里云：%v", "aliyun: %v", errCode(answer)))
	default:
		return refused(status, answer)
	}
}

// signACS3 signs a request without body.
func signACS3(req *http.Request, action, version, keyID, secret, nonce string, at time.Time) {
	h := req.Header
	h.Set("x-acs-action", action)
	h.Set("x-acs-version", version)
	h.Set("x-acs-date", at.UTC().Format("2006-01-02T15:04:05Z"))
	h.Set("x-acs-signature-nonce", nonce)
	h.Set("x-acs-content-sha256", hexSHA256(nil))
	names := []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
	var b strings.Builder
	b.WriteString(req.Method + "\n/\n" + req.URL.RawQuery + "\n")
	for _, name := range names {
		value := h.Get(name)
		if name == "host" {
			value = req.URL.Host
		}
		b.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	signed := strings.Join(names, ";")
	b.WriteString("\n" + signed + "\n" + h.Get("x-acs-content-sha256"))
	sig := hex.EncodeToString(hmacSHA256([]byte(secret), "ACS3-HMAC-SHA256\n"+hexSHA256([]byte(b.String()))))
	h.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+keyID+",SignedHeaders="+signed+",Signature="+sig)
}

// acsQuery is a query as it is signed and sent: sorted, encoded by RFC 3986.
func acsQuery(q url.Values) string {
	var parts []string
	for key, list := range q {
		for _, v := range list {
			parts = append(parts, rfc3986(key)+"="+rfc3986(v))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

func rfc3986(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
