package shell

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
)

// tracer keeps what a run told it.
type tracer struct {
	mu   sync.Mutex
	runs []*StageRun
}

func (x *tracer) begin(r *StageRun) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.runs = append(x.runs, r)
}

// lines are the stages, one on a line; data is in brackets, with its keys.
func (x *tracer) lines() string {
	var b strings.Builder
	for _, r := range x.runs {
		fmt.Fprintf(&b, "%s%d:%d %s", strings.Repeat("> ", r.Depth), r.Pos.Line, r.Pos.Col, r.Command)
		for _, w := range r.Words {
			b.WriteString(" " + w.Name + "=")
			for _, p := range w.Pieces {
				if p.Data {
					fmt.Fprintf(&b, "[%s<%s]", p.Text, strings.Join(p.Keys, "|"))
				} else {
					b.WriteString(p.Text)
				}
			}
		}
		fmt.Fprintf(&b, " %d->%d ended=%v", r.In, r.Out, r.Ended)
		if r.Err != nil {
			b.WriteString(" " + domain.CodeOf(r.Err))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTraceTellsEveryStage(t *testing.T) {
	t.Parallel()
	bad := do("bad", func(c *Call) error { return domain.E("e.io.obj.noexists") })
	for _, tt := range []struct{ name, src, want string }{
		{"two stages and their bytes", "spy a${x} -u ${y|x} | count",
			"1:1 spy WORD=a[1<x] -u=[1<y|x] 0->27 ended=true\n1:23 count 27->2 ended=true\n"},
		{"a template's words name the outer keys too", "cat | run spy $${in} ${x}",
			"1:1 cat 10->10 ended=true\n1:7 run 10->36 ended=true\n> 1:11 spy WORD=[v<in] WORD=[1<x] 0->36 ended=true\n"},
		{"an error has its place", "spy | bad | count",
			"1:1 spy 0->0 ended=true\n1:7 bad 0->0 ended=true e.io.obj.noexists\n"},
		{"an answer made of an error counts", "bad -ajax -cqn", "1:1 bad -c= -n= -q= -ajax= 0->%ENV ended=true e.io.obj.noexists\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x, out := &tracer{}, &strings.Builder{}
			s := mustCompile(t, testRegistry(bad, count()), tt.src)
			s.Run(t.Context(), &Env{Who: domain.Owner, Vars: MapVars{"x": "1"}, In: strings.NewReader(`{"in":"v"}`), Out: out, Trace: x.begin})
			want := strings.ReplaceAll(tt.want, "%ENV", fmt.Sprint(out.Len()))
			if got := x.lines(); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestTraceOfAStageThatCannotBegin(t *testing.T) {
	t.Parallel()
	x := &tracer{}
	s := mustCompile(t, testRegistry(do("bad", func(c *Call) error { return domain.E("e.test") })), "spy $(bad) | cat")
	if err := s.Run(t.Context(), &Env{Who: domain.Owner, Trace: x.begin}); domain.CodeOf(err) != "e.test" {
		t.Fatal(err)
	}
	if got := x.lines(); !strings.Contains(got, "bad 0->0 ended=true e.test\n1:1 spy") {
		t.Errorf("got\n%s", got)
	}
}

// A stage that streams runs in another goroutine; the race detector looks on.
func TestTraceOfStreams(t *testing.T) {
	t.Parallel()
	x := &tracer{}
	s := mustCompile(t, testRegistry(many(5000), count()), "many | cat | count")
	if err := s.Run(t.Context(), &Env{Who: domain.Owner, Out: io.Discard, Trace: x.begin}); err != nil {
		t.Fatal(err)
	}
	if want := "1:1 many 0->500000 ended=true\n1:8 cat 500000->500000 ended=true\n1:14 count 500000->6 ended=true\n"; x.lines() != want {
		t.Errorf("got\n%s", x.lines())
	}
}

func TestTraceOfARedirect(t *testing.T) {
	t.Parallel()
	d := openDomain(t)
	x := &tracer{}
	s := mustCompile(t, testRegistry(), "spy a > ~/x.txt")
	if err := s.Run(t.Context(), &Env{Domain: d, Who: domain.Owner, Trace: x.begin}); err != nil {
		t.Fatal(err)
	}
	if want := "1:7 > =~/x.txt 0->0 ended=true\n1:1 spy WORD=a 0->19 ended=true\n"; x.lines() != want {
		t.Errorf("got\n%s", x.lines())
	}
}

// A text in the place of a JSON value is told from a number.
func TestTraceTellsTextsFromNumbers(t *testing.T) {
	t.Parallel()
	s := mustCompile(t, testRegistry(witness(new([]seen))), `see json '{a:${x},b:"${x}",c:[${y},1]}' ${x}; see json ${x}`)
	var got []string
	vars := mixedVars{"x": {Text: "7"}, "y": {Text: "7", JSON: true}}
	err := s.Run(t.Context(), &Env{Who: domain.Owner, Vars: vars, Out: io.Discard, Trace: func(r *StageRun) {
		for _, w := range r.Words {
			for _, p := range w.Pieces {
				if p.Data {
					got = append(got, fmt.Sprint(p.Text, " ", p.Quoted))
				}
			}
		}
	}})
	if want := "[7 true 7 false 7 false 7 false 7 false]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v: %v, want %s", err, got, want)
	}
}

type mixedVars map[string]Value

func (m mixedVars) Lookup(name string) (Value, bool) { v, ok := m[name]; return v, ok }
