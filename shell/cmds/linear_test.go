package cmds

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// series is f(0), f(1) … joined by commas, n bytes and a little more.
func series(n int, f func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f(i))
	}
	return b.String()
}

// What is sent in two places does not cost the product of their sizes: each of these is
// done, or refused, within the time of one run. Before, each took minutes, or all memory.
func TestWhatIsSentCostsNoMoreThanItIsLong(t *testing.T) {
	t.Parallel()
	const n = 1 << 20
	number := func(i int) string { return fmt.Sprint(i) }
	name := func(i int) string { return fmt.Sprintf("k%d", i) }
	members := func(value string) string {
		return "{" + series(n, func(i int) string { return fmt.Sprintf("%q:%s", name(i), value) }) + "}"
	}
	small := "[" + strings.Repeat("{},", n/3) + "{}]"
	for _, c := range []struct{ script, v, in, code string }{
		{"touch ~/f; obj ~/f -push ${v} -Q", `{"a":[` + series(n, number) + "]}", "", ""},
		{"touch ~/f; obj ~/f -push ${v} -Q", "{" + series(n, func(i int) string { return fmt.Sprintf(`"a":%d`, i) }) + "}", "", ""},
		{`touch ~/f; obj ~/f -u ${v} -Q; obj ~/f -pop "{a:'l:${in}'}" -Q`, `{"a":[` + series(n, number) + "]}", series(n, number), ""},
		{"touch ~/f; obj ~/f -u ${v} -Q; obj ~/f -t ${in} | count", members("1"), series(n, name), ""},
		{"csv | count", "", members("1"), ""},
		{"csv -keys ${v} | count", series(n, name), "[{}]", ""},
		{"sort -by ${v}", members("1"), small, "e.thing.match"},
		{"json -u ${v}", members("1"), members("2"), ""},
		{"json -u ${v}", members("1"), small, "e.io.toolarge"},
		{"json -u ${v}", members("null"), small, "e.io.toolarge"},
		{"json -a ${v}", members("1"), small, "e.io.toolarge"},
		{"json -prefix ${v}", strings.Repeat("x", n), members("1"), "e.io.toolarge"},
		{"json -mapping ${v}", `{"k":"` + strings.Repeat("x", n) + `"}`, "[" + strings.Repeat(`{"k":1},`, n/8) + "1]", "e.io.toolarge"},
		{"json -val ${v}", strings.Repeat("a.", n/2), small, ""},
		{"write ~/t ${v}; cat ~/in | tmpl -file ~/t | count", strings.Repeat("${k7}", n/5), members("1"), ""},
		{"write ~/t ${v}; cat ~/in | tmpl -file ~/t | count", strings.Repeat("${a}", n/4), `{"a":"` + strings.Repeat("x", n) + `"}`, "e.io.toolarge"},
	} {
		t.Run(fmt.Sprintf("%.40s", c.script), func(t *testing.T) {
			t.Parallel()
			s, err := registry().CompileText(c.script, shell.CompileOptions{Endpoint: true})
			if err != nil {
				t.Fatal(err)
			}
			d := fresh(t)
			if err := d.Tree(domain.Owner).WriteFile("in", []byte(c.in)); err != nil {
				t.Fatal(err)
			}
			err = s.Run(t.Context(), &shell.Env{
				Domain: d, Who: domain.API, In: strings.NewReader(c.in), Out: io.Discard,
				Vars: shell.MapVars{"v": c.v, "in": c.in},
			})
			if code := codeOf(err); code != c.code {
				t.Errorf("%.200v, want %q", err, c.code)
			}
		})
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return domain.CodeOf(err)
}

// A script of the length that an endpoint may have is compiled, or refused, in its length.
// Before, commands in commands took the square of it in memory.
func TestALongScriptIsCompiledInItsLength(t *testing.T) {
	t.Parallel()
	const n = 1 << 20
	for _, c := range []struct{ script, code string }{
		{strings.Repeat("try ", n/4) + "id", "e.cmd.syntax"},
		{strings.Repeat("each if {a:1} ", n/14) + "id", "e.cmd.syntax"},
		{strings.Repeat("try ", 200) + "id", ""},
		{"echo " + strings.Repeat("'a'", n/3), ""},
		{"try echo " + strings.Repeat("'a'", n/3), ""},
		{"try '" + strings.Repeat("''a", n/3) + "'", "e.cmd.noexists"},
		{"each 'echo " + strings.Repeat("a$${it}", n/7) + "'", ""},
		{"echo " + strings.Repeat("a$(id)", n/6), ""},
	} {
		s, err := registry().CompileText(c.script, shell.CompileOptions{Endpoint: true})
		if code := codeOf(err); code != c.code || s == nil != (err != nil) {
			t.Errorf("%.40s: %.200v, want %q", c.script, err, c.code)
		}
	}
}
