package shell

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
)

// parseRegexp compiles a literal expression, and tries one with holes: a hole
// must stand where text can be quoted, so not inside [...], \Q...\E or an escape.
func (w *word) parseRegexp() (err error) {
	switch {
	case w.literal():
		w.re, err = pattern.Compile(w.text)
		return err
	case w.whole():
		return nil
	}
	hole := 0
	re, err := pattern.Compile(w.expression(func() string {
		hole++
		return "(?P<hole" + strconv.Itoa(hole) + ">x)"
	}))
	if err != nil {
		return err
	}
	for i := range hole {
		if re.SubexpIndex("hole"+strconv.Itoa(i+1)) < 0 {
			return domain.E("e.cmd.arg", domain.Text{ZH: `[...] 或 \Q...\E 中的占位符无法转义`, EN: `a placeholder inside [...] or \Q...\E cannot be quoted`})
		}
	}
	return nil
}

// bindRegexp compiles the expression with the data of its holes quoted. A
// whole placeholder is an expression as the caller sent it (RE2: linear time).
func (w *word) bindRegexp(vals []Value) (*pattern.Regexp, error) {
	switch {
	case w.literal():
		return w.re, nil
	case w.whole():
		return pattern.CompileSent(w.join(vals))
	}
	h := w.hole0
	return pattern.Compile(w.expression(func() string {
		h++
		return "(?:" + regexp.QuoteMeta(vals[h-1].text()) + ")"
	}))
}

func (w *word) expression(hole func() string) string {
	var b strings.Builder
	for _, p := range w.pieces {
		if p.hole {
			b.WriteString(hole())
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}
