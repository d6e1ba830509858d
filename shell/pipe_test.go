package shell

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caryahq/carya/domain"
)

// workers are stages that note when two of them work at the same moment.
type workers struct {
	working atomic.Int32
	met     atomic.Bool
}

func (w *workers) work() {
	if w.working.Add(1) > 1 {
		w.met.Store(true)
	}
	for range 50 {
		runtime.Gosched()
	}
	w.working.Add(-1)
}

// writes writes lines and flushes now and then, if ever; reads reads them in small pieces.
func (w *workers) writes(lines, flush int) *Command {
	return do("writes", func(c *Call) error {
		for i := range lines {
			w.work()
			if _, err := io.WriteString(c.Out, strings.Repeat("x", 1023)+"\n"); err != nil {
				return err
			}
			if i%flush == flush-1 {
				if err := c.Flush(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (w *workers) reads(name string) *Command {
	return &Command{Name: name, Reads: true, Run: func(c *Call) error {
		piece := make([]byte, 3000)
		for {
			n, err := c.In.Read(piece)
			if err == io.EOF {
				return nil
			}
			w.work()
			if err == nil {
				_, err = c.Out.Write(piece[:n])
			}
			if err != nil {
				return err
			}
		}
	}}
}

// Stages work at once, unless the run shares processors: then only one of them does, so
// that a pipeline takes no more than one.
func TestStagesOfASharingRunWorkOneAtATime(t *testing.T) {
	t.Parallel()
	for _, sharing := range []bool{false, true} {
		for range 20 {
			var w workers
			reg := testRegistry(w.writes(2000, 5000), w.reads("reads"), count())
			s := mustCompile(t, reg, "writes | reads | count")
			var out strings.Builder
			env := &Env{Who: domain.Owner, Out: &out, Sharing: func() bool { return sharing }}
			if err := s.Run(t.Context(), env); err != nil {
				t.Fatal(err)
			}
			if out.String() != fmt.Sprint(2000*1024) {
				t.Fatal(out.String())
			}
			if met := w.met.Load(); met && sharing {
				t.Fatal("two stages worked at once")
			} else if met {
				break
			}
		}
	}
}

// A run may begin to share, and stop, at any moment.
func TestSharingMayChangeAtAnyMoment(t *testing.T) {
	t.Parallel()
	var w workers
	var asked atomic.Int64
	reg := testRegistry(w.writes(3000, 500), w.reads("reads"), w.reads("again"), count(), first())
	env := func(out io.Writer) *Env {
		return &Env{Who: domain.Owner, Out: out, Sharing: func() bool { return asked.Add(1)%7 < 3 }}
	}
	for script, want := range map[string]string{
		"writes | reads | again | count": fmt.Sprint(3000 * 1024),
		"writes | reads | first":         "x",
		"writes | first":                 "x",
	} {
		var out strings.Builder
		if err := mustCompile(t, reg, script).Run(t.Context(), env(&out)); err != nil || out.String() != want {
			t.Errorf("%s: %q %v", script, out.String(), err)
		}
	}
}
