package cmds

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// leaving is a caller who goes once all has been sent.
type leaving struct {
	io.Reader
	leave func()
}

func (l leaving) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err == io.EOF {
		l.leave()
	}
	return n, err
}

// A command that looks for what a pattern says in one long line ends when its caller has
// gone. Each of these would take minutes, or hours.
func TestAPatternEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	const slow = `(a|b|ab){1,100}(a*)*x`
	line := strings.Repeat("a", 2<<20)
	names := "{" + strings.Repeat(`,"aaaaaaaaaaaaaaaaaaaa":1`, 1<<15)[1:] + "}"
	for _, c := range []struct{ script, in string }{
		{"grep ${v}", line},
		{"grep -v ${v}", line},
		{"grep -ic ${v}", line},
		{"grep -o 'a(.{1,500}z)?'", line},
		{"grep '((a|b|ab){1,200}){1,5}x'", line},
		{"split -re ${v}", line},
		{"split -re 'z|a(.{1,500}z)'", line},
		{"json -key ${v}", names},
		{"if '{v:\"^(a|b|ab){1,100}(a*)*x\"}' cat", `{"v":"` + line[9:] + `"}`},
	} {
		s, err := registry().CompileText(c.script, shell.CompileOptions{Endpoint: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = s.Run(ctx, &shell.Env{Domain: fresh(t), Who: domain.API, Vars: shell.MapVars{"v": slow}, In: leaving{strings.NewReader(c.in), cancel}, Out: io.Discard})
		if domain.CodeOf(err) != "e.canceled" {
			t.Errorf("%s: %v", c.script, err)
		}
	}
}
