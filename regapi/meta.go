package regapi

import (
	"github.com/caryahq/carya/domain"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain/relaxed"
)

// settings reads all metadata of an endpoint.
func (c *compiler) settings(all []setting) {
	c.ep.status = http.StatusOK
	c.ep.tickets = []ticketSource{{inParam, "ticket"}}
	for _, s := range all {
		row, known := c.keys.row(s.key)
		switch {
		case known:
			if msg := row.set(c, s); !msg.Empty() {
				c.fault(s, domain.Textf("%s：%s", "%s: %s", s.key, msg))
			}
		case engineKey(s.key) && len(c.faults) <= maxFaults:
			f := s.from.fault(s.node.Offset, unknownKey(s.key, c.keys))
			f.Warn = true
			c.faults = append(c.faults, f)
		}
	}
	c.guardCookies()
}

func (c *compiler) fault(s setting, msg domain.Text) {
	c.faults = append(c.faults, s.from.fault(s.node.Offset, msg))
}

// text is a setting's text; a number counts as its digits.
func (s setting) text() (string, bool) {
	switch s.node.Kind {
	case relaxed.String, relaxed.Number:
		return s.node.String(), true
	}
	return "", false
}

// list is a list of texts; one text is split at commas and blanks.
func (s setting) list() ([]string, domain.Text) {
	want := domain.Text{ZH: "必须是文本或文本的列表", EN: "must be a text or a list of texts"}
	if s.node.Kind == relaxed.String {
		return strings.FieldsFunc(s.node.String(), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }), domain.Text{}
	}
	if s.node.Kind != relaxed.Array {
		return nil, want
	}
	var out []string
	for _, n := range s.node.Items {
		if n.Kind != relaxed.String || n.String() == "" {
			return nil, want
		}
		out = append(out, n.String())
	}
	return out, domain.Text{}
}

func (s setting) flag(to *bool) domain.Text {
	if s.node.Kind != relaxed.Bool {
		return domain.Text{ZH: "必须是 true 或 false", EN: "must be true or false"}
	}
	*to = s.node.Raw == "true"
	return domain.Text{}
}

func (s setting) duration(to *time.Duration) domain.Text {
	text, ok := s.text()
	d, err := parseDuration(text)
	if !ok || err != nil || d <= 0 {
		return domain.Text{ZH: "必须是大于零的时长：500ms、90s、5m、2h 或秒数", EN: "must be a duration above zero: 500ms, 90s, 5m, 2h, or a number of seconds"}
	}
	*to = d
	return domain.Text{}
}

// parseDuration reads what time.ParseDuration does, and bare seconds.
func parseDuration(s string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(n) || math.Abs(n) > 1e9 {
			return 0, strconv.ErrRange
		}
		return time.Duration(n * float64(time.Second)), nil
	}
	return time.ParseDuration(s)
}

func (c *compiler) methods(s setting) domain.Text {
	list, msg := s.list()
	if !msg.Empty() {
		return msg
	}
	c.ep.limited, c.ep.settings.methods = true, [verbs]bool{}
	for _, m := range list {
		switch v := verbOf(strings.ToUpper(m)); {
		case v != noVerb:
			c.ep.settings.methods[v] = true
		case !strings.EqualFold(m, "OPTIONS"):
			return domain.Textf("没有请求方法 %q", "no method is called %q", m)
		}
	}
	if c.ep.settings.methods == [verbs]bool{} {
		return domain.Text{ZH: "没有写出请求方法", EN: "names no method"}
	}
	return domain.Text{}
}

func (c *compiler) respCode(s setting) domain.Text {
	text, _ := s.text()
	n, err := strconv.Atoi(text)
	if err != nil || n < 200 || n > 599 {
		return domain.Text{ZH: "必须是 200 到 599 的状态码", EN: "must be a status from 200 to 599"}
	}
	c.ep.status = n
	return domain.Text{}
}

func (c *compiler) dynamicHeader(s setting) domain.Text { return s.flag(&c.ep.head) }
func (c *compiler) auth(s setting) domain.Text          { return s.flag(&c.ep.auth) }
func (c *compiler) sse(s setting) domain.Text           { return s.flag(&c.ep.settings.sse) }
func (c *compiler) trace(s setting) domain.Text         { return s.flag(&c.ep.settings.trace) }
func (c *compiler) timeout(s setting) domain.Text       { return s.duration(&c.ep.settings.timeout) }

func (c *compiler) bodyMax(s setting) domain.Text {
	text, _ := s.text()
	n, ok := parseSize(text)
	if !ok {
		return domain.Text{ZH: "必须是大小：65536、512K、10M", EN: "must be a size: 65536, 512K, 10M"}
	}
	c.ep.settings.bodyMax = n
	return domain.Text{}
}

// parseSize reads bytes with an optional K, M or G (powers of 1024; KB and KiB
// mean the same).
func parseSize(s string) (int64, bool) {
	s = strings.TrimSpace(strings.ToUpper(s))
	s = strings.TrimSuffix(strings.TrimSuffix(s, "B"), "I")
	shift := 0
	if i := len(s) - 1; i > 0 {
		if shift = 10 * (1 + strings.IndexByte("KMG", s[i])); shift > 0 {
			s = s[:i]
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>(shift+1) {
		return 0, false
	}
	return n << shift, true
}

func (c *compiler) rate(s setting) domain.Text {
	text, _ := s.text()
	if text == "none" {
		c.ep.free = true
		return domain.Text{}
	}
	r, err := parseRate(text)
	if err != nil {
		return domain.TextOf(err)
	}
	c.ep.settings.rate = r
	return domain.Text{}
}

// parseRate reads 20/10s; a unit alone counts one of it (10/m).
func parseRate(s string) (rate, error) {
	count, per, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	per = strings.TrimSpace(per)
	if per != "" && (per[0] < '0' || per[0] > '9') {
		per = "1" + per
	}
	d, derr := parseDuration(per)
	if !ok || err != nil || derr != nil || n < 1 || d <= 0 {
		return rate{}, domain.Errorf("必须是 none 或频率：20/10s、10/m", "must be none or a rate: 20/10s, 10/m")
	}
	return rate{n, d}, nil
}

func (c *compiler) paramName(s setting) domain.Text {
	if s.node.Kind != relaxed.String || s.node.String() == "" {
		return domain.Text{ZH: "必须是名字", EN: "must be a name"}
	}
	if c.ep.api != "" && !strings.HasSuffix(c.ep.api, "/"+anyName) {
		c.adviseParam(s)
	}
	return domain.Text{}
}
