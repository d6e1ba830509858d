package thingset

import (
	"math"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// interval is a range of numbers; dates are their Unix ms.
type interval struct {
	lo, hi       float64 // infinite where an end is open
	loOut, hiOut bool    // the end itself is out
	dates        bool    // texts may be dates
}

func (t interval) holds(l *look, v gjson.Result) bool { return some(l, v, t.is) }

func (t interval) is(_ *look, v gjson.Result) bool {
	f, ok := v.Num, v.Type == gjson.Number
	if v.Type == gjson.String {
		f, ok = t.number(v.Str)
	}
	return ok && t.contains(f)
}

func (t interval) number(s string) (float64, bool) {
	if t.dates {
		ms, ok := parseDate(s)
		if ok || !math.IsInf(t.lo, -1) || !math.IsInf(t.hi, 1) {
			return float64(ms), ok
		}
	}
	return parseNumber(s)
}

func (t interval) contains(f float64) bool {
	return (f > t.lo || f == t.lo && !t.loOut) && (f < t.hi || f == t.hi && !t.hiOut)
}

// rangeText is a text that has the form of a range.
type rangeText struct {
	open, end byte
	bounds    [2]bound
}

// bound is the text of an end; hole says that it is not there yet.
type bound struct {
	text string
	hole bool
}

// splitRange reads the form of a range: literal brackets at the ends of a text
// and one literal comma.
func splitRange(ss []piece) (r rangeText, ok bool) {
	if len(ss) == 0 || ss[0].data || ss[len(ss)-1].data {
		return r, false
	}
	first, last := ss[0].text, ss[len(ss)-1].text
	r.open, r.end = first[0], last[len(last)-1]
	if r.open != '[' && r.open != '(' || r.end != ']' && r.end != ')' {
		return r, false
	}
	commas := 0
	for i, s := range ss {
		text := s.text
		if s.data {
			r.bounds[min(commas, 1)].add(text, s.hole)
			continue
		}
		if i == 0 {
			text = text[1:]
		}
		if i == len(ss)-1 {
			text = strings.TrimSuffix(text, string(r.end))
		}
		for j, part := range strings.Split(text, ",") {
			if j > 0 {
				commas++
			}
			r.bounds[min(commas, 1)].add(part, false)
		}
	}
	return r, commas == 1
}

func (b *bound) add(text string, hole bool) {
	b.text += text
	b.hole = b.hole || hole
}

func compileRange(n *relaxed.Node, r rangeText) (test, error) {
	t := interval{lo: math.Inf(-1), hi: math.Inf(1), loOut: r.open == '(', hiOut: r.end == ')'}
	var kinds [2]boundKind
	for i, end := range []*float64{&t.lo, &t.hi} {
		if kinds[i] = r.bounds[i].read(end); kinds[i] == noBound {
			return nil, fault(n, "%q 既不是数字也不是日期，不能作区间的端点", "%q is neither a number nor a date, as the end of a range has to be", cut(r.bounds[i].text))
		}
	}
	t.dates = kinds[0] == dateBound || kinds[1] == dateBound || kinds == [2]boundKind{}
	return t, nil
}

type boundKind uint8

const (
	openBound boundKind = iota
	numberBound
	dateBound
	noBound
)

// read sets an end of an interval; an open one is left as it is.
func (b bound) read(to *float64) boundKind {
	s := strings.TrimSpace(b.text)
	if s == "" || b.hole {
		return openBound
	}
	if f, ok := parseNumber(s); ok {
		*to = f
		return numberBound
	}
	if ms, ok := parseDate(s); ok {
		*to = float64(ms)
		return dateBound
	}
	return noBound
}

// cut shortens a text for a message.
func cut(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
