package thingset

import (
	"strings"

	"github.com/tidwall/gjson"
)

// wildcard is a scalar whose text is these parts with anything between them. It
// has two parts at least; the first and the last stand at the ends.
type wildcard struct {
	parts []string
	fold  bool // parts are in lower case
}

func hasStar(ss []piece) bool {
	for _, s := range ss {
		if !s.data && strings.Contains(s.text, "*") {
			return true
		}
	}
	return false
}

// compileWildcard cuts a text at its literal stars.
func compileWildcard(ss []piece, fold bool) wildcard {
	w := wildcard{parts: []string{""}, fold: fold}
	for _, s := range ss {
		more := []string{s.text}
		if !s.data {
			more = strings.Split(s.text, "*")
		}
		w.parts[len(w.parts)-1] += more[0]
		w.parts = append(w.parts, more[1:]...)
	}
	if fold {
		for i, part := range w.parts {
			w.parts[i] = lower(part)
		}
	}
	return w
}

func (t wildcard) holds(l *look, v gjson.Result) bool { return some(l, v, t.is) }

func (t wildcard) is(_ *look, v gjson.Result) bool {
	if !isScalar(v) {
		return false
	}
	s := scalarText(v)
	if t.fold {
		s = lower(s)
	}
	last := len(t.parts) - 1
	s, begins := strings.CutPrefix(s, t.parts[0])
	if !begins {
		return false
	}
	for _, part := range t.parts[1:last] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, t.parts[last])
}

// lower is a text by which texts are compared without case.
func lower(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// folded is a scalar with that text in any case.
type folded string

func (t folded) holds(l *look, v gjson.Result) bool { return some(l, v, t.is) }

func (t folded) is(_ *look, v gjson.Result) bool {
	return isScalar(v) && strings.EqualFold(scalarText(v), string(t))
}
