package send

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// tencent sends text messages through Tencent Cloud's SMS (SendSms of 2021-01-11),
// signed by TC3-HMAC-SHA256. Its templates lie with the provider:
//
//	sms: {
//	  use:       "tencent",
//	  keyId:     "AKID…",
//	  secret:    "env:TENCENT_SECRET",
//	  app:       "1400006666",                       // SmsSdkAppId
//	  sign:      "My Shop",                          // abroad it may be empty
//	  templates: {"*":"1110", "*.en":"1111"},
//	  params:    ["code", "minutes"],                // {1}, {2} of the template; ["code"] by default
//	  region:    "ap-guangzhou",
//	  url:       "https://sms.tencentcloudapi.com",
//	}
//
// Source: cloud.tencent.com/document, "签名方法 v3" and "发送短信".
type tencent struct {
	c                                    *Config
	http                                 *http.Client
	now                                  func() time.Time
	keyID, secret, app, sign, region, at string
	params                               []string
}

func newTencent(c *Config, o Options) (Sender, error) {
	s := &tencent{c: c, http: o.Client(c.d), now: o.Now, sign: c.Text("sign", ""), region: c.Text("region", "ap-guangzhou"), params: c.List("params", "code")}
	var err error
	if s.keyID, err = c.Need("keyId"); err != nil {
		return nil, err
	}
	if s.app, err = c.Need("app"); err != nil {
		return nil, err
	}
	if _, err = c.Need("templates"); err != nil {
		return nil, err
	}
	if s.secret, err = c.Secret("secret"); err != nil {
		return nil, err
	}
	s.at, err = c.URL("url", "https://sms.tencentcloudapi.com")
	return s, err
}

func (s *tencent) Send(ctx context.Context, m *Message) error {
	tmpl, err := s.c.ForMessage("templates", m)
	if err != nil {
		return Permanent(err)
	}
	body, err := json.Marshal(map[string]any{
		"PhoneNumberSet": []string{m.To}, "SmsSdkAppId": s.app, "SignName": s.sign,
		"TemplateId": tmpl, "TemplateParamSet": values(m, s.params), "SessionContext": m.ID,
	})
	if err != nil {
		return Permanent(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.at+"/", bytes.NewReader(body))
	if err != nil {
		return Permanent(domain.Wrap(err, "e.send.config", "senders.sms.url"))
	}
	req.Header.Set("X-TC-Action", "SendSms")
	req.Header.Set("X-TC-Version", "2021-01-11")
	req.Header.Set("X-TC-Region", s.region)
	signTC3(req, "sms", body, s.keyID, s.secret, s.now())
	status, answer, err := call(ctx, s.http, req)
	if err != nil {
		return err
	}
	return tencentAnswer(status, answer)
}

// tencentAnswer reads an answer: the call's own error, then the number's.
func tencentAnswer(status int, body []byte) error {
	if status != http.StatusOK {
		return refused(status, "")
	}
	said := gjson.GetBytes(body, "Response.Error.Code").String()
	if said == "" {
		said = gjson.GetBytes(body, "Response.SendStatusSet.0.Code").String()
	}
	switch {
	case said == "Ok":
		return nil
	case said == "", strings.HasPrefix(said, "InternalError"), strings.HasPrefix(said, "RequestLimitExceeded"), said == "FailedOperation.Timeout":
		return domain.E("e.send.failed", domain.Textf("腾讯云：%v", "tencent: %v", errCode(said)))
	}
	return Permanent(domain.E("e.send.refused", domain.Textf("腾讯云：%v", "tencent: %v", errCode(said))))
}

// signTC3 signs a request whose header X-TC-Action is set.
func signTC3(req *http.Request, service string, body []byte, keyID, secret string, at time.Time) {
	h := req.Header
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-TC-Timestamp", strconv.FormatInt(at.Unix(), 10))
	const signed = "content-type;host;x-tc-action"
	canonical := req.Method + "\n/\n\n" +
		"content-type:" + h.Get("Content-Type") + "\n" +
		"host:" + strings.ToLower(req.URL.Host) + "\n" +
		"x-tc-action:" + strings.ToLower(h.Get("X-TC-Action")) + "\n\n" +
		signed + "\n" + hexSHA256(body)
	date := at.UTC().Format("2006-01-02")
	scope := date + "/" + service + "/tc3_request"
	text := "TC3-HMAC-SHA256\n" + h.Get("X-TC-Timestamp") + "\n" + scope + "\n" + hexSHA256([]byte(canonical))
	key := hmacSHA256(hmacSHA256(hmacSHA256([]byte("TC3"+secret), date), service), "tc3_request")
	h.Set("Authorization", "TC3-HMAC-SHA256 Credential="+keyID+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(hmacSHA256(key, text)))
}
