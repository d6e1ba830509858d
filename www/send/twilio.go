package send

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// twilio sends text messages through Twilio's Messages of 2010-04-01, with the
// domain's own templates:
//
//	sms: {
//	  use:    "twilio",
//	  sid:    "AC…",
//	  secret: "env:TWILIO_TOKEN",
//	  from:   "+15005550006",     // a number, or the id of a messaging service, MG…
//	  url:    "https://api.twilio.com",
//	}
//
// Source: twilio.com/docs/messaging/api/message-resource.
type twilio struct {
	http                  *http.Client
	sid, secret, from, at string
}

func newTwilio(c *Config, o Options) (Sender, error) {
	s := &twilio{http: o.Client(c.d)}
	var err error
	if s.sid, err = c.Need("sid"); err != nil {
		return nil, err
	}
	if s.from, err = c.Need("from"); err != nil {
		return nil, err
	}
	if s.secret, err = c.Secret("secret"); err != nil {
		return nil, err
	}
	s.at, err = c.URL("url", "https://api.twilio.com")
	return s, err
}

func (s *twilio) Send(ctx context.Context, m *Message) error {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	if strings.HasPrefix(s.from, "MG") {
		form.Set("MessagingServiceSid", s.from)
	} else {
		form.Set("From", s.from)
	}
	at := s.at + "/2010-04-01/Accounts/" + url.PathEscape(s.sid) + "/Messages.json"
	req, err := http.NewRequest(http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return Permanent(domain.Wrap(err, "e.send.config", "senders.sms.url"))
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(s.sid, s.secret)
	status, body, err := call(ctx, s.http, req)
	if err != nil {
		return err
	}
	if status != http.StatusCreated && status != http.StatusOK {
		return refused(status, gjson.GetBytes(body, "code").String())
	}
	if gjson.GetBytes(body, "sid").String() == "" {
		return domain.E("e.send.failed", domain.Text{ZH: "twilio：应答中没有 sid", EN: "twilio: an answer without sid"})
	}
	return nil
}
