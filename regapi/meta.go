package regapi

import (
	"fmt"
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
			if msg := row.set(c, s); msg != "" {
				c.fault(s, s.key+": "+msg)
			}
		case engineKey(s.key):
			f := s.from.fault(s.node.Offset, unknownKey(s.key, c.keys))
			f.Warn = true
			c.faults = append(c.faults, f)
		}
	}
	c.guardCookies()
}

func (c *compiler) fault(s setting, msg string) {
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
func (s setting) list() ([]string, string) {
	const want = "must be a text or a list of texts"
	if s.node.Kind == relaxed.String {
		return strings.FieldsFunc(s.node.String(), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }), ""
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
	return out, ""
}

func (s setting) flag(to *bool) string {
	if s.node.Kind != relaxed.Bool {
		return "must be true or false"
	}
	*to = s.node.Raw == "true"
	return ""
}

func (s setting) duration(to *time.Duration) string {
	text, ok := s.text()
	d, err := parseDuration(text)
	if !ok || err != nil || d <= 0 {
		return "must be a duration above zero: 500ms, 90s, 5m, 2h, or a number of seconds"
	}
	*to = d
	return ""
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

func (c *compiler) methods(s setting) string {
	list, msg := s.list()
	if msg != "" {
		return msg
	}
	c.ep.limited, c.ep.settings.methods = true, [verbs]bool{}
	for _, m := range list {
		switch v := verbOf(strings.ToUpper(m)); {
		case v != noVerb:
			c.ep.settings.methods[v] = true
		case !strings.EqualFold(m, "OPTIONS"):
			return "no method is called " + strconv.Quote(m)
		}
	}
	if c.ep.settings.methods == [verbs]bool{} {
		return "names no method"
	}
	return ""
}

func (c *compiler) respCode(s setting) string {
	text, _ := s.text()
	n, err := strconv.Atoi(text)
	if err != nil || n < 200 || n > 599 {
		return "must be a status from 200 to 599"
	}
	c.ep.status = n
	return ""
}

func (c *compiler) dynamicHeader(s setting) string { return s.flag(&c.ep.head) }
func (c *compiler) auth(s setting) string          { return s.flag(&c.ep.auth) }
func (c *compiler) sse(s setting) string           { return s.flag(&c.ep.settings.sse) }
func (c *compiler) trace(s setting) string         { return s.flag(&c.ep.settings.trace) }
func (c *compiler) timeout(s setting) string       { return s.duration(&c.ep.settings.timeout) }

func (c *compiler) bodyMax(s setting) string {
	text, _ := s.text()
	n, ok := parseSize(text)
	if !ok {
		return "must be a size: 65536, 512K, 10M"
	}
	c.ep.settings.bodyMax = n
	return ""
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

func (c *compiler) rate(s setting) string {
	text, _ := s.text()
	if text == "none" {
		c.ep.free = true
		return ""
	}
	r, err := parseRate(text)
	if err != nil {
		return err.Error()
	}
	c.ep.settings.rate = r
	return ""
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
		return rate{}, fmt.Errorf("must be none or a rate: 20/10s, 10/m")
	}
	return rate{n, d}, nil
}

func (c *compiler) paramName(s setting) string {
	if s.node.Kind != relaxed.String || s.node.String() == "" {
		return "must be a name"
	}
	if c.ep.api != "" && !strings.HasSuffix(c.ep.api, "/"+anyName) {
		c.adviseParam(s)
	}
	return ""
}
