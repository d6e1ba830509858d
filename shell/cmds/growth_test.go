package cmds

import (
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// A script that doubles a text line by line, or keeps one in ever more variables, is ended
// before it takes all memory.
func TestAScriptsVariablesAreBounded(t *testing.T) {
	t.Parallel()
	double := strings.Repeat("vars -text x \"${x}${x}\"\n", 40)
	many := ""
	for i := range 30 {
		many += "vars -text x" + strings.Repeat("x", i) + " ${v}\n"
	}
	for _, script := range []string{
		"vars -text x ${v}\n" + double,
		many,
		"vars -text x ${v}\necho" + strings.Repeat(" ${x}", 100),
		"vars -text x ${v}\ntmpl " + strings.Repeat("${x}", 100),
	} {
		s, err := registry().CompileText(script, shell.CompileOptions{Endpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		v := strings.Repeat("x", 4<<20)
		err = s.Run(t.Context(), &shell.Env{Domain: fresh(t), Who: domain.API, Vars: shell.MapVars{"v": v}, Out: io.Discard})
		if domain.CodeOf(err) != "e.io.toolarge" {
			t.Errorf("%.40q: %v", script, err)
		}
	}
}
