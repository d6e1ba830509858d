package cmds

import (
	"errors"
	"fmt"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// A command that makes many texts takes turns with other domains' work while it makes
// them, and ends with its caller.
func TestMakingManyTextsIsDoneInTurns(t *testing.T) {
	t.Parallel()
	over := errors.New("over")
	for _, command := range []string{"id", "uuid", "random"} {
		for _, n := range []int{1, maxNew} {
			s, err := registry().CompileText(fmt.Sprintf("%s -n %d", command, n), shell.CompileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			turns, made := 0, tally{}
			env := shell.Env{Who: domain.Owner, Domain: fresh(t), Out: &made, Pace: func() error {
				if turns++; turns > 100 {
					return over
				}
				return nil
			}}
			err = s.Run(t.Context(), &env)
			if n == 1 && (err != nil || turns > 20) || n > 1 && (!errors.Is(err, over) || made.n > 1<<20) {
				t.Errorf("%s -n %d: %v after %d turns and %d bytes", command, n, err, turns, made.n)
			}
		}
	}
}

// tally counts what is written to it.
type tally struct{ n int64 }

func (c *tally) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
