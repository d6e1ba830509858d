package shell

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"

	"github.com/tidwall/gjson"
)

// intSpec is one printf verb for whole numbers with a width of at most three
// digits, and text around it.
var intSpec = regexp.MustCompile(`^(?:[^%]|%%)*%[-+ 0#]*\d{0,3}[dxXob](?:[^%]|%%)*$`)

// intFormat is <int:%03d>. A fraction is cut off; a text that is no number of
// 64 bits does not fit.
func intFormat(spec string) (format, error) {
	if spec != "" && !intSpec.MatchString(spec) {
		return nil, badFormat("不是整数的格式：%s", "not a format for whole numbers: %s", shown(spec))
	}
	return func(v Value) (Value, bool) {
		n, ok := wholeNumber(v.text())
		switch {
		case !ok:
			return Value{}, false
		case spec == "":
			return number(strconv.FormatInt(n, 10)), true
		}
		return number(fmt.Sprintf(spec, n)), true
	}, nil
}

// number keeps a formatted number a JSON number where it still is one.
func number(s string) Value {
	strict := relaxed.Valid([]byte(s)) && gjson.Parse(s).Type == gjson.Number && strings.TrimSpace(s) == s
	return Value{Text: s, JSON: strict}
}

func wholeNumber(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, ok := parseFloat(s)
	if !ok || f < -(1<<63) || f >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// parseFloat reads a decimal number; infinities and hexadecimals are none.
func parseFloat(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// floatSpec is a number as people draw it, 0.00, 0.##, #,##0.0 (a subset of
// Java's DecimalFormat), or one printf verb.
var (
	floatSpec   = regexp.MustCompile(`^([^#0.,%]*)([#,]*)(0*)([0,]*)(?:\.(0*)(#*))?(%?)([^#0.,%]*)$`)
	printfFloat = regexp.MustCompile(`^(?:[^%]|%%)*%[-+ 0#]*\d{0,3}(?:\.\d{1,2})?[feEgG](?:[^%]|%%)*$`)
)

// floatFormat is <float:0.00>: 0 is a digit that always stands, # one that
// stands unless it is a trailing zero; a comma groups thousands; % multiplies by 100.
// Rounding is half to even of the binary value.
func floatFormat(spec string) (format, error) {
	if printfFloat.MatchString(spec) {
		return floats(func(f float64) string { return fmt.Sprintf(spec, f) }), nil
	}
	m := floatSpec.FindStringSubmatch(spec)
	switch {
	case spec == "":
		return floats(func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }), nil
	case m == nil || m[2]+m[3]+m[4]+m[5]+m[6] == "" || len(m[5])+len(m[6]) > 40:
		return nil, badFormat("不是数字的格式：%s", "not a format for numbers: %s", shown(spec))
	}
	p := decimal{
		prefix: m[1], suffix: m[7] + m[8], group: strings.Contains(m[2]+m[4], ","), percent: m[7] != "",
		digits: strings.Count(m[3]+m[4], "0"), frac: len(m[5]), maxFrac: len(m[5]) + len(m[6]),
	}
	return floats(p.format), nil
}

func floats(f func(float64) string) format {
	return func(v Value) (Value, bool) {
		n, ok := parseFloat(v.text())
		if !ok {
			return Value{}, false
		}
		return number(f(n)), true
	}
}

// decimal is a number's drawing, taken apart.
type decimal struct {
	prefix, suffix string
	group, percent bool
	digits         int // before the point, at least
	frac, maxFrac  int // after the point, at least and at most
}

func (d decimal) format(f float64) string {
	if d.percent {
		f *= 100
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', d.maxFrac, 64)
	whole, frac, _ := strings.Cut(s, ".")
	for len(frac) > d.frac && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	if d.digits == 0 && whole == "0" && frac != "" {
		whole = ""
	}
	whole = strings.Repeat("0", max(0, d.digits-len(whole))) + whole
	if d.group {
		whole = thousands(whole)
	}
	if frac != "" {
		frac = "." + frac
	}
	if f < 0 && strings.Trim(whole+frac, "0.,") != "" {
		return "-" + d.prefix + whole + frac + d.suffix
	}
	return d.prefix + whole + frac + d.suffix
}

func thousands(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
