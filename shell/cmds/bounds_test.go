package cmds

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// Whatever a request sends decides on little processor and little memory: each of
// these is refused or done soon. Without its bound each takes hours, or all memory.
func TestValuesOfHostileSizeCostLittle(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", 100)
	for _, tt := range []struct{ script, v, in string }{
		{"calc ${v}", strings.Repeat("9", 1<<20), ""},
		{"calc ${v} ^ ${v}", "4096", ""},
		{"calc ${v} ^ ${v} ^ ${v}", "99", ""},
		{"calc 2 ^ ${v}", "999999999999", ""},
		{"calc 2 ^ -${v}", nines, ""},
		{"calc 0.5 ^ ${v}", "999999999", ""},
		{"calc ${v} + 1", "1e999999999", ""},
		{"calc ${v} * ${v} * ${v} * ${v}" + strings.Repeat(" * ${v}", 2000), nines, ""},
		{"calc 1 / ${v}" + strings.Repeat(" + 1 / ${v}", 2000), nines, ""},
		{"calc round(1 / ${v}, ${v})", "999999999", ""},
		{"calc " + strings.Repeat("(", 190) + "${v}" + strings.Repeat(")", 190), nines, ""},
		{"echo ${v<int:%0999999999d>}", "1", ""},
		{"echo ${v<:%999999999s>}", "1", ""},
		{"echo ${v<float:%.999999999f>}", "1", ""},
		{"echo ${v<float:0.00>}", "1e308", ""},
		{"echo ${v<int>}", nines, ""},
		{"echo ${v<date:yyyy-MM-dd>}", "99999999999999999", ""},
		{"date -u ${v}", "999999999999999999", ""},
		{"head -n ${v}", "9223372036854775807", "x"},
		{"head -c ${v}", "9223372036854775807", "x"},
		{"tail -n ${v}", "9223372036854775807", "x"},
		{"tail -c ${v}", "9223372036854775807", "x"},
		{"random ${v}", "2147483647", ""},
		{"random -len ${v}", "2147483647", ""},
		{"uuid -n ${v}", "2147483647", ""},
		{"id -n ${v}", "2147483647", ""},
		{"grep ${v}", strings.Repeat("(a*)*", 2000) + "$", "aaaa"},
		{"grep ${v}", "((a{1,1000}){1,1000}){1,1000}", "aaaa"},
		{"grep ${v}", strings.Repeat("(", 100000), "aaaa"},
		{"grep ${v}", "(a{0,1000})" + strings.Repeat("(a{0,1000})", 50), strings.Repeat("a", 1<<20)},
		{"thing ~/things query ${v}", `{a:"^` + strings.Repeat("(a{0,1000})", 50) + `"}`, ""},
		{"split -re ${v}", strings.Repeat("a?", 20000) + strings.Repeat("a", 20000), "aaaa"},
		{"json -c", "", strings.Repeat("[", 1<<20)},
		{"json -c", "", strings.Repeat(`{"a":`, 1<<18)},
		{"json -get ${v}", strings.Repeat("a.", 1<<18), `{"a":{"a":1}}`},
		{"json -put ${v}", strings.Repeat("a.", 1<<18), `{"a":1}`},
		{"json -u ${v}", strings.Repeat("[", 1<<20), `{"a":1}`},
		{"csv -d", "", strings.Repeat(",", 1<<20) + "\n" + strings.Repeat(",", 1<<20)},
		{"sort -by ${v}", strings.Repeat("[", 1<<18), `[{"a":1},{"a":2}]`},
		{"tmpl ${v}", strings.Repeat("${", 1<<18), "{}"},
	} {
		s, err := registry().CompileText(tt.script, shell.CompileOptions{Endpoint: true})
		if err != nil {
			continue // refused when the script is loaded
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		var out bytes.Buffer
		err = s.Run(t.Context(), &shell.Env{Domain: fresh(t), Vars: shell.MapVars{"v": tt.v}, In: strings.NewReader(tt.in), Out: &out})
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		if e := domain.AsError(err); e != nil && e.Kind == domain.Internal {
			t.Errorf("%.80s: %v", tt.script, err)
		}
		if took > time.Minute || out.Len() > 3<<20 {
			t.Errorf("%.80s: %v, %d bytes, %v", tt.script, took, out.Len(), err)
		}
		t.Logf("%-50.50s %9v %5d MB %7d bytes %.60v", tt.script, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, out.Len(), err)
	}
}

func TestARequestsRegularExpressionIsBounded(t *testing.T) {
	t.Parallel()
	for re, ok := range map[string]bool{
		"^a+(b|c){2,5}$":                        true,
		strings.Repeat("ab?", 200):              true,
		strings.Repeat("a?", 2000):              false,
		strings.Repeat("(a{0,1000})", 2):        false,
		"(a{1,30}){1,30}b":                      false,
		strings.Repeat("x", 9<<10):              false,
		"((((((((((a{2}){2}){2}){2}){2})))))))": false,
	} {
		s, err := registry().CompileText("grep ${v}", shell.CompileOptions{Endpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(t.Context(), &shell.Env{Domain: fresh(t), Vars: shell.MapVars{"v": re}, In: strings.NewReader("x"), Out: &bytes.Buffer{}})
		if (err == nil) != ok {
			t.Errorf("%.40s: %v", re, err)
		}
	}
}

// A text of very many brackets is no JSON, and nothing ends by looking at it.
func TestAnAnswerOfVeryManyBracketsIsAText(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 30<<20)
	if got := jsonOrText(deep, false); len(got) != len(deep)+2 || got[0] != '"' {
		t.Errorf("%d bytes: %.10s", len(got), got)
	}
}
