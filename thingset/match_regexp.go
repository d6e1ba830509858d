package thingset

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// expression is a scalar whose text begins with what a regular expression says.
type expression struct {
	re     *pattern.Regexp
	prefix string // every text that holds begins so
}

func (t expression) holds(l *look, v gjson.Result) bool { return some(l, v, t.is) }

func (t expression) is(l *look, v gjson.Result) bool {
	if !isScalar(v) {
		return false
	}
	s := scalarText(v)
	if l.over(t.re.Work(len(s))) {
		return false
	}
	found, err := t.re.MatchString(l, s)
	return found && err == nil
}

// compileRegexp anchors an expression at its beginning; data in it is quoted.
// Data must stand where text can be quoted, so not inside [...], \Q...\E or an
// escape: that is tried with a group in each of its places.
func compileRegexp(n *relaxed.Node, ss []piece, fold bool) (test, error) {
	places := 0
	probe, err := pattern.CompileSent(assemble(ss, fold, func(string) string {
		places++
		return "(?P<carya" + strconv.Itoa(places) + ">x)"
	}))
	if err != nil {
		return nil, fault(n, "%v", "%v", pattern.Why(err))
	}
	for i := range places {
		if probe.SubexpIndex("carya"+strconv.Itoa(i+1)) < 0 {
			return nil, fault(n, `[...] 或 \Q...\E 中的数据无法转义`, `data inside [...] or \Q...\E cannot be quoted`)
		}
	}
	if places == 0 {
		return expression{probe, literalPrefix(probe)}, nil
	}
	re, err := pattern.Compile(assemble(ss, fold, func(s string) string { return "(?:" + regexp.QuoteMeta(s) + ")" }))
	if err != nil {
		return nil, fault(n, "正则表达式过大", "the regular expression is too large")
	}
	return expression{re, literalPrefix(re)}, nil
}

// assemble is the expression with its data as data says.
func assemble(ss []piece, fold bool, data func(string) string) string {
	var b strings.Builder
	b.WriteString("^")
	if fold {
		b.WriteString("(?i)")
	}
	for _, s := range ss {
		if s.data {
			b.WriteString(data(s.text))
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// literalPrefix is the text that everything begins with for which an expression
// holds, as far as that is easily told.
func literalPrefix(re *pattern.Regexp) string {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || tree.Sub[0].Op != syntax.OpBeginText {
		return ""
	}
	next := tree.Sub[1]
	if next.Op != syntax.OpLiteral || next.Flags&syntax.FoldCase != 0 {
		return ""
	}
	return string(next.Rune)
}
