package send

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
)

// gateway hands messages to an HTTP service of the owner's:
//
//	sms: {use:"gateway", url:"https://sms.example.com/send", secret:"file:secrets/gateway"}
//
// It is a POST of JSON {id, as, to, text, subject, site, scene, template, lang, values},
// with the headers
//
//	X-Carya-Timestamp: 1700000000        Unix seconds
//	X-Carya-Signature: sha256=<hex>      HMAC-SHA256(secret, timestamp + "." + body)
//
// The id stays when it is tried again: who knows it already answers 2xx and does
// nothing. A status of 4xx is final, but for 408, 425 and 429.
type gateway struct {
	http       *http.Client
	now        func() time.Time
	at, secret string
}

func newGateway(c *Config, o Options) (Sender, error) {
	s := &gateway{http: o.Client(c.d), now: o.Now}
	var err error
	if _, err = c.Need("url"); err != nil {
		return nil, err
	}
	if s.at, err = c.URL("url", ""); err != nil {
		return nil, err
	}
	s.secret, err = c.Secret("secret")
	return s, err
}

func (s *gateway) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(struct {
		ID       string            `json:"id"`
		As       Channel           `json:"as"`
		To       string            `json:"to"`
		Text     string            `json:"text"`
		Subject  string            `json:"subject,omitempty"`
		Site     string            `json:"site"`
		Scene    string            `json:"scene"`
		Template string            `json:"template"`
		Lang     string            `json:"lang"`
		Values   map[string]string `json:"values"`
	}{m.ID, m.Channel, m.To, m.Text, m.Subject, m.Site, m.Scene, m.Template, m.Lang, m.Values})
	if err != nil {
		return Permanent(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.at, bytes.NewReader(body))
	if err != nil {
		return Permanent(domain.Wrap(err, "e.send.config", "senders.url"))
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Carya-Timestamp", at)
	req.Header.Set("X-Carya-Signature", "sha256="+hex.EncodeToString(hmacSHA256([]byte(s.secret), at+"."+string(body))))
	status, _, err := call(ctx, s.http, req)
	if err != nil {
		return err
	}
	if status/100 != 2 {
		return refused(status, "")
	}
	return nil
}
