package thingset

import (
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// piece is a stretch of a text: literal, in which operators count, or data.
type piece struct {
	text string
	data bool
	hole bool // data that is not there yet
}

// pieces are a text's stretches without empty literal ones.
func pieces(n *relaxed.Node) []piece {
	out := make([]piece, 0, len(n.Text))
	for _, c := range n.Text {
		hole := c.Hole >= 0
		if s := (piece{c.Text, c.Data || hole, hole}); s.data || s.text != "" {
			out = append(out, s)
		}
	}
	return out
}

// cutLiteral removes an operator that the literal beginning of a text holds.
func cutLiteral(ss []piece, op string) (rest []piece, found bool) {
	if len(ss) == 0 || ss[0].data || !strings.HasPrefix(ss[0].text, op) {
		return ss, false
	}
	if ss[0].text == op {
		return ss[1:], true
	}
	rest = append([]piece{{text: ss[0].text[len(op):]}}, ss[1:]...)
	return rest, true
}

// literal is the whole text when no part of it is data.
func literal(ss []piece) (string, bool) {
	switch len(ss) {
	case 0:
		return "", true
	case 1:
		return ss[0].text, !ss[0].data
	}
	for _, s := range ss {
		if s.data {
			return "", false
		}
	}
	return joined(ss), true
}

func joined(ss []piece) string {
	if len(ss) == 1 {
		return ss[0].text
	}
	var b strings.Builder
	for _, s := range ss {
		b.WriteString(s.text)
	}
	return b.String()
}

// compileText reads the operator that a text begins with.
func compileText(n *relaxed.Node) (t test, not bool, err error) {
	ss, not := cutLiteral(pieces(n), "!")
	if all, ok := literal(ss); ok {
		if t := wordTest(all); t != nil {
			return t, not, nil
		}
	}
	if bounds, ok := splitRange(ss); ok {
		t, err = compileRange(n, bounds)
		return t, not, err
	}
	rest, fold := cutLiteral(ss, "~~")
	switch pattern, isExpr := cutLiteral(rest, "^"); {
	case isExpr:
		t, err = compileRegexp(n, pattern, fold)
	case hasStar(rest):
		t = compileWildcard(rest, fold)
	case fold:
		t = folded(joined(rest))
	default:
		t = exact(joined(ss))
	}
	return t, not, err
}

// wordTest is the test that a whole literal text names, nil when it names none.
func wordTest(s string) test {
	switch s {
	case "":
		return isEmpty{}
	case "[BLANK]":
		return isBlank{}
	case "[EXISTS]":
		return isThere{}
	case "notNil":
		return isValue{}
	}
	return nil
}
