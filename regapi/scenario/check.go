package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// wholeBody stands for the answer itself among paths.
const wholeBody = "@body"

// maxShown is how much of an answer a report shows, in bytes.
const maxShown = 600

// shown is the answer for a report.
func (a *answer) shown() string {
	s := strings.TrimSpace(strings.ToValidUTF8(string(a.body), "?"))
	if len(s) > maxShown {
		s = s[:maxShown] + "…"
	}
	if a.err != nil {
		s += " " + a.err.Error()
	}
	if a.status > 0 {
		s = strconv.Itoa(a.status) + " " + s
	}
	return strings.TrimSpace(s)
}

// check looks at one expectation; what is "" when it holds.
func (a *answer) check(c Check, v vars) (what, want, got string) {
	f := &filler{vars: v}
	how := asText
	if t := strings.TrimSpace(c.Value); t != "" && strings.ContainsRune(`{["`, rune(t[0])) {
		how = inJSON
	} else if c.Op == "~" || c.Op == "!~" {
		how = func(v shell.Value) string { return regexp.QuoteMeta(v.Text) }
	}
	if c.Value = f.fill(c.Line, c.Value, how); f.fail != nil {
		return f.fail.What, f.fail.Want, f.fail.Got
	}
	switch c.Kind {
	case Status:
		if got := strconv.Itoa(a.status); !isStatus(c.Value, got) {
			return "status", c.Value, got
		}
	case HasHeader, NoHeader:
		return a.checkHeader(c)
	case Fails:
		if code := domain.CodeOf(a.err); code != c.Value {
			return "error", orNone(c.Value), orNone(code)
		}
	case Part:
		return a.checkPart(c)
	}
	return "", "", ""
}

func orNone(code string) string {
	if code == "" {
		return "none"
	}
	return code
}

func isStatus(want, got string) bool {
	for i := range want {
		if i >= len(got) || want[i] != 'x' && want[i] != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

func (a *answer) checkHeader(c Check) (what, want, got string) {
	values := a.header.Values(c.Name)
	if c.Kind == NoHeader {
		if len(values) > 0 {
			return c.Name, "absent", strings.Join(values, " | ")
		}
		return "", "", ""
	}
	for _, v := range values {
		if wildcard(c.Value).MatchString(v) {
			return "", "", ""
		}
	}
	if len(values) == 0 {
		return c.Name, c.Value, "absent"
	}
	return c.Name, c.Value, strings.Join(values, " | ")
}

// wildcard is a pattern in which only * has a meaning.
func wildcard(pattern string) *regexp.Regexp {
	parts := strings.Split(pattern, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`)
}

// part is a part of the answer. The whole of it is text when it is no JSON.
func (a *answer) part(path string) gjson.Result {
	if path != wholeBody {
		return gjson.GetBytes(a.body, path)
	}
	if relaxed.Valid(a.body) {
		return gjson.ParseBytes(a.body)
	}
	text := strings.TrimSuffix(string(a.body), "\n")
	return gjson.Result{Type: gjson.String, Str: text, Raw: string(relaxed.AppendString(nil, text))}
}

func (a *answer) checkPart(c Check) (what, want, got string) {
	r := a.part(c.Name)
	ok := false
	switch c.Op {
	case "exists", "absent":
		ok = r.Exists() == (c.Op == "exists")
	case "=", "!=":
		ok = r.Exists() && equal(r, c.Value) == (c.Op == "=")
	case "~", "!~":
		re, err := regexp.Compile(c.Value)
		if err != nil {
			return c.Name, "a regular expression", err.Error()
		}
		ok = r.Exists() && re.MatchString(r.String()) == (c.Op == "~")
	default:
		n, err := strconv.ParseFloat(c.Value, 64)
		ok = err == nil && r.Type == gjson.Number && compare(r.Num, c.Op, n)
	}
	if ok {
		return "", "", ""
	}
	got = "absent"
	if r.Exists() {
		got = r.Raw
	}
	return c.Name, strings.TrimSpace(strings.TrimPrefix(c.Op, "=") + " " + c.Value), got
}

func compare(a float64, op string, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// equal compares a part with what was written: a text with the text, quoted or
// not; anything else as JSON values, in which the order of members does not
// count.
func equal(r gjson.Result, want string) bool {
	doc, err := relaxed.ToJSON(want)
	if r.Type == gjson.String {
		var text string
		if err == nil && strings.HasPrefix(strings.TrimSpace(want), `"`) && json.Unmarshal(doc, &text) == nil {
			return r.Str == text
		}
		return r.Str == want
	}
	var a, b any
	if err != nil || json.Unmarshal(doc, &b) != nil || json.Unmarshal([]byte(r.Raw), &a) != nil {
		return false
	}
	return reflect.DeepEqual(a, b)
}

// save keeps parts of the answer.
func (a *answer) save(v vars, saves []Save) (out []Failure) {
	for _, s := range saves {
		switch {
		case s.Header != "":
			if values := a.header.Values(s.Header); len(values) > 0 {
				v[s.Name] = shell.Value{Text: values[0]}
				continue
			}
		default:
			if r := a.part(s.Path); r.Exists() {
				v[s.Name] = shell.Value{Text: r.String(), JSON: r.Type == gjson.JSON || r.Type == gjson.Number || r.IsBool()}
				continue
			}
		}
		out = append(out, Failure{Line: s.Line, What: "save " + s.Name, Want: s.Header + s.Path, Got: "absent", Answer: a.shown()})
	}
	return out
}

// String is the failure as a report shows it, without its place.
func (f Failure) String() string {
	if f.Want == "" {
		return fmt.Sprintf("%s: %s", f.What, f.Got)
	}
	return fmt.Sprintf("%s\n  want %s\n  got  %s", f.What, f.Want, f.Got)
}
