package regapi

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/form"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// masked stands in for a secret.
const masked = "***"

// mask keeps passwords, tickets and codes out of what a trace says: by the name
// that a value goes by, and, since values travel under other names, by the
// values that went by such a name before. It is for one request and one goroutine
// at a time.
type mask struct {
	known []string
	many  bool // there are more than are looked for
}

// mostSecrets is how many values are looked for in other texts: a request of ever more
// secrets must not make a trace of it cost ever more. Beyond it a text in which they
// might stand is not shown at all.
const mostSecrets = 64

// leastSecret is how long a value must be to be looked for in other texts.
const leastSecret = 4

// learn notes a value that must not be shown.
func (m *mask) learn(v string) {
	switch {
	case m.many, len(v) < leastSecret, v == noTicket, v == masked, slices.Contains(m.known, v):
	case len(m.known) == mostSecrets:
		m.many = true
	default:
		m.known = append(m.known, v)
	}
}

// learnAll notes a secret, of a document every value in it.
func (m *mask) learnAll(v shell.Value) {
	if !v.JSON {
		m.learn(v.Text)
		return
	}
	gjson.Parse(v.Text).ForEach(func(_, val gjson.Result) bool {
		m.learnAll(shell.Value{Text: val.String(), JSON: val.IsObject() || val.IsArray()})
		return true
	})
}

// text is a text without the values that are known.
func (m *mask) text(s string) string {
	if m.many && len(s) >= leastSecret {
		return masked
	}
	for _, v := range m.known {
		s = strings.ReplaceAll(s, v, masked)
	}
	return s
}

// named is the value that goes by a name: of a parameter, a header, a member.
func (m *mask) named(name, value string) string {
	switch {
	case value == "" || value == noTicket:
		return value
	case isHidden(name):
		m.learn(value)
		return masked
	case strings.EqualFold(name, "http-qs"):
		return m.query(value)
	case strings.Contains(value, "?"):
		if at, qs, ok := strings.Cut(value, "?"); ok && strings.Contains(at, "/") {
			return m.text(at) + "?" + m.query(qs)
		}
	}
	return m.json(value)
}

// query masks a query string or an urlencoded form.
func (m *mask) query(qs string) string {
	for name, value := range form.Pairs(qs) {
		if isHidden(name) {
			m.learn(value)
		}
	}
	return m.text(redact(qs))
}

// json masks the members of a JSON document; any other text loses what is known.
func (m *mask) json(s string) string {
	if t := strings.TrimSpace(s); t == "" || t[0] != '{' && t[0] != '[' || form.Measure([]byte(t)) != nil || !relaxed.Valid([]byte(t)) {
		return m.text(s)
	}
	return m.text(string(m.value(nil, gjson.Parse(s))))
}

func (m *mask) value(dst []byte, v gjson.Result) []byte {
	switch {
	case v.IsObject():
		return m.members(dst, v)
	case v.IsArray():
		dst = append(dst, '[')
		v.ForEach(func(_, item gjson.Result) bool {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = m.value(dst, item)
			return true
		})
		return append(dst, ']')
	}
	return append(dst, v.Raw...)
}

func (m *mask) members(dst []byte, v gjson.Result) []byte {
	dst = append(dst, '{')
	first := true
	v.ForEach(func(k, item gjson.Result) bool {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(relaxed.AppendString(dst, k.Str), ':')
		if isHidden(k.Str) && (item.Type == gjson.String || item.Type == gjson.Number) && item.String() != "" {
			m.learn(item.String())
			dst = relaxed.AppendString(dst, masked)
		} else {
			dst = m.value(dst, item)
		}
		return true
	})
	return append(dst, '}')
}

// word is a stage's word as a trace shows it; what the script itself says is no secret.
func (m *mask) word(w shell.StageWord) TraceWord {
	var b strings.Builder
	hidden := w.Holds != "" && isSecret(w.Holds) || isSecret(strings.TrimPrefix(w.Name, "-"))
	for _, p := range w.Pieces {
		if p.Data && p.Text != "" && p.Text != noTicket && (hidden || slices.ContainsFunc(p.Keys, isHidden)) {
			m.learn(p.Text)
			p.Text = masked
		}
		if p.Quoted { // not escaped: secrets are found as they are
			p.Text = `"` + p.Text + `"`
		}
		b.WriteString(p.Text)
	}
	null := len(w.Pieces) == 1 && w.Pieces[0].Null
	return TraceWord{Name: w.Name, Bare: w.Bare, Null: null, Text: m.json(b.String())}
}

// isHidden reports whether the value of a name is never shown: isSecret, and
// cookies, but not the names that answers always have.
func isHidden(name string) bool {
	low := strings.ToLower(name)
	if strings.Contains(low, "cookie") {
		return true
	}
	return isSecret(low) && !strings.Contains(low, "errcode")
}
