package shell

import (
	"bytes"
	"testing"

	"github.com/caryahq/carya/domain"
)

// straight hands on what it is given; a plain buffer gathers it.
type straight struct {
	bytes.Buffer
	no bool
}

func (s *straight) Promise(int64) bool { return !s.no }

func TestAFileThatGoesStraightToItsReaderIsNoOutput(t *testing.T) {
	t.Parallel()
	file := do("file", func(c *Call) error {
		c.Promise(1000)
		_, err := c.Out.Write(make([]byte, 1000))
		return err
	})
	reg := testRegistry(file, many(10))
	for _, tt := range []struct {
		src  string
		out  Promiser // nil: a buffer
		over bool
	}{
		{"file", &straight{}, false},
		{"file; file", &straight{}, false},
		{"run file", &straight{}, false},
		{"file; many", &straight{}, true},
		{"file | cat", &straight{}, true},
		{"echo $(file)", &straight{}, true},
		{"file", &straight{no: true}, true},
		{"file", nil, true},
	} {
		env := &Env{Who: domain.Owner, Out: &bytes.Buffer{}, Limits: Limits{Output: 900}}
		if s, ok := tt.out.(*straight); ok {
			env.Out = s
		}
		err := mustCompile(t, reg, tt.src).Run(t.Context(), env)
		if over := domain.CodeOf(err) == "e.cmd.limit.output"; over != tt.over || err != nil && !over {
			t.Errorf("%s to %T: %v", tt.src, env.Out, err)
		}
		env.Trace = func(*StageRun) {}
		if err := mustCompile(t, reg, tt.src).Run(t.Context(), env); (domain.CodeOf(err) == "e.cmd.limit.output") != tt.over {
			t.Errorf("traced: %s to %T: %v", tt.src, env.Out, err)
		}
	}
}
