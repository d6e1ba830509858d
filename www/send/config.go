package send

import (
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// What counts where domain.json says nothing. Without prices every message costs
// 1, so that the cap counts messages.
const (
	defaultCost    = 1.0
	defaultDayCost = 2000.0
)

// Config is what domain.json says of one channel:
//
//	senders: {
//	  dayCost: 200,                       // the most that a day may cost, both channels together
//	  keep: "30d",                        // how long deliveries and the outbox's messages are kept
//	  sms:  {use:"aliyun", cost:0.045, …},
//	  mail: {use:"smtp", host:"mail.example.com", user:"me", passwd:"env:SMTP_PASSWD", from:"Me <me@example.com>"},
//	}
//
// Each sender reads its own settings of the rest. It never changes.
type Config struct {
	Use     string  // the sender's name; "outbox" when it says nothing
	Cost    float64 // of one message
	DayCost float64 // the domain's cap of a day (UTC)
	Keep    time.Duration

	Channel Channel
	at      []any // the setting that the last fault is about
	d       *domain.Domain
	doc     gjson.Result
}

// ReadConfig reads the settings of a channel: e.send.config. They are there beside an
// error, too.
func ReadConfig(d *domain.Domain, ch Channel) (*Config, error) {
	all := gjson.ParseBytes(d.Config().Senders)
	c := &Config{Use: "outbox", Cost: defaultCost, DayCost: defaultDayCost, Keep: defaultKeep, Channel: ch, d: d, doc: all.Get(string(ch))}
	if !c.doc.Exists() {
		c.doc = gjson.Parse("{}")
	}
	if !c.doc.IsObject() {
		return c, c.fault("", domain.Text{ZH: "应是对象", EN: "want an object"})
	}
	if v := c.doc.Get("use"); v.Exists() {
		c.Use = v.String()
	}
	for _, n := range []struct {
		v  gjson.Result
		to *float64
		at []any
	}{{c.doc.Get("cost"), &c.Cost, []any{string(ch), "cost"}}, {all.Get("dayCost"), &c.DayCost, []any{"dayCost"}}} {
		if n.v.Exists() {
			*n.to = n.v.Float()
			if n.v.Type != gjson.Number || *n.to < 0 {
				err := c.fault("cost, dayCost", domain.Text{ZH: "应是不小于 0 的数字", EN: "want numbers of 0 or more"})
				c.at = n.at
				return c, err
			}
		}
	}
	if v := all.Get("keep"); v.Exists() {
		var ok bool
		if c.Keep, ok = parseKeep(v.String()); !ok {
			c.at = []any{"keep"}
			return c, domain.E("e.send.config", domain.Text{ZH: `domain.json：senders.keep：应是一小时以上的时长，如 "30d" 或 "12h"`, EN: `domain.json: senders.keep: want a time of an hour or more, as "30d" or "12h"`})
		}
	}
	return c, nil
}

func (c *Config) fault(key string, detail ...any) error {
	where := "senders." + string(c.Channel)
	c.at = []any{string(c.Channel), key}
	if key != "" {
		where += "." + key
	}
	return domain.E("e.send.config", append([]any{"domain.json: " + where + ":"}, detail...)...)
}

// Text is a setting, def when it is absent.
func (c *Config) Text(key, def string) string {
	if v := c.doc.Get(key); v.Exists() && v.Type != gjson.Null {
		return v.String()
	}
	return def
}

// Need is a setting that must be there: e.send.config.
func (c *Config) Need(key string) (string, error) {
	if v := c.Text(key, ""); v != "" {
		return v, nil
	}
	return "", c.fault(key, domain.Textf("缺少，而 %v 需要它", "is missing, and %v needs it", c.Use))
}

// Number is a setting, def when it is absent.
func (c *Config) Number(key string, def int64) int64 {
	if v := c.doc.Get(key); v.Type == gjson.Number {
		return v.Int()
	}
	return def
}

// URL is the address of a service; see ServiceURL. Only the owner can set it.
func (c *Config) URL(key, def string) (string, error) {
	base, err := ServiceURL(c.Text(key, def))
	if err != nil {
		return "", c.fault(key, domain.AsError(err).Said())
	}
	return base, nil
}

// ServiceURL checks the address of a service: https, or http to this machine only,
// where tests and relays listen. It has no slash at its end: e.send.config.
func ServiceURL(base string) (string, error) {
	base = strings.TrimSuffix(base, "/")
	if !goodURL.MatchString(base) {
		return "", domain.E("e.send.config", domain.Text{ZH: "应是 https://…；http:// 只用于 127.0.0.1 或 localhost", EN: "want https://…; http:// only to 127.0.0.1 or localhost"})
	}
	return base, nil
}

var goodURL = regexp.MustCompile(`^(https://[^/?#@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^?#\s]*)?$`)

// ForMessage is a setting that may differ by template and language, as providers
// know templates of their own: {templates:{"auth.en":…, auth:…, "*.en":…, "*":…}}.
func (c *Config) ForMessage(key string, m *Message) (string, error) {
	v := c.doc.Get(key)
	if v.Type == gjson.String || v.Type == gjson.Number {
		return v.String(), nil
	}
	all := v.Map()
	for _, name := range []string{m.Template + "." + m.Lang, m.Template, "*." + m.Lang, "*"} {
		if v, ok := all[name]; ok && v.String() != "" {
			return v.String(), nil
		}
	}
	return "", c.fault(key, domain.Textf("没有 %s.%s，也没有 *", "nothing for %s.%s, and no *", m.Template, m.Lang))
}

// List is a setting that is a list of texts, def when it is absent.
func (c *Config) List(key string, def ...string) []string {
	v := c.doc.Get(key)
	if !v.IsArray() {
		return def
	}
	out := []string{}
	for _, item := range v.Array() {
		out = append(out, item.String())
	}
	return out
}
