package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caryahq/carya/domain"
)

// many writes n lines of 100 bytes, until nobody reads on.
func many(n int) *Command {
	return &Command{Name: "many", Run: func(c *Call) error {
		line := []byte(strings.Repeat("x", 99) + "\n")
		for range n {
			if _, err := c.Out.Write(line); err != nil {
				return err
			}
		}
		return nil
	}}
}

// count prints how many bytes it read.
func count() *Command {
	return &Command{Name: "count", Reads: true, Run: func(c *Call) error {
		n, err := io.Copy(io.Discard, c.In)
		fmt.Fprintf(c.Out, "%d", n)
		return err
	}}
}

// first reads one byte and leaves.
func first() *Command {
	return &Command{Name: "first", Reads: true, Run: func(c *Call) error {
		b := make([]byte, 1)
		if _, err := io.ReadFull(c.In, b); err != nil {
			return err
		}
		_, err := c.Out.Write(b)
		return err
	}}
}

func do(name string, f func(*Call) error) *Command {
	return &Command{Name: name, Run: f, Options: append(JSONOptions(), AjaxOption())}
}

func TestStagesStream(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 600, 655, 656, 5000, 50_000} {
		reg := testRegistry(many(n), count(), first())
		expect(t, reg, "many | count", nil, fmt.Sprint(n*100))
		expect(t, reg, "many | cat | cat | count", nil, fmt.Sprint(n*100))
		if n > 0 {
			expect(t, reg, "many | first", nil, "x")
			expect(t, reg, "many | cat | first | cat", nil, "x")
			expect(t, reg, "many | many | first", nil, "x")
		}
	}
}

func TestPipelinesFollowEachOther(t *testing.T) {
	t.Parallel()
	reg := testRegistry(first())
	expect(t, reg, "echo a; echo b\necho c | cat", nil, "a\nb\nc\n")
	s := mustCompile(t, reg, "first; first")
	if got, err := runScript(t, s, nil, "xyz"); err != nil || got != "xy" {
		t.Errorf("%q %v", got, err)
	}
}

func TestAFlushedStageIsReadAtOnce(t *testing.T) {
	t.Parallel()
	read := make(chan string)
	reg := testRegistry(
		do("drip", func(c *Call) error {
			io.WriteString(c.Out, "one")
			if err := c.Flush(); err != nil {
				return err
			}
			if got := <-read; got != "one" {
				return fmt.Errorf("the reader saw %q", got)
			}
			_, err := io.WriteString(c.Out, "two")
			return err
		}),
		do("sip", func(c *Call) error {
			b := make([]byte, 10)
			n, err := c.In.Read(b)
			if err != nil {
				return err
			}
			read <- string(b[:n])
			_, err = io.Copy(c.Out, c.In)
			return err
		}))
	expect(t, reg, "drip | sip", nil, "two")
}

func TestTheFirstFailingStageEndsThePipeline(t *testing.T) {
	t.Parallel()
	ran := false
	reg := testRegistry(many(5000), count(), first(), do("after", func(*Call) error { ran = true; return nil }),
		do("big-then-fail", func(c *Call) error {
			if _, err := c.Out.Write(make([]byte, 200_000)); err != nil {
				return err
			}
			return domain.E("e.thing.noexists", "x")
		}))
	for src, want := range map[string]string{
		"fail e.io.obj.noexists ~/x | after":      "test:1:1: fail: e.io.obj.noexists : ~/x",
		"echo a | fail e.json bad | after":        "test:1:10: fail: e.json : bad",
		"echo a; \n fail e.json; after":           "test:2:2: fail: e.json",
		"many | fail e.json | count":              "test:1:8: fail: e.json",
		"big-then-fail | count":                   "test:1:1: big-then-fail: e.thing.noexists : x",
		"big-then-fail | cat | count":             "test:1:1: big-then-fail: e.thing.noexists : x",
		"echo $(echo x | fail e.json in) | after": "test:1:17: fail: e.json : in",
		"run fail e.json $${x?y}":                 "test:1:5: fail: e.json : y",
	} {
		_, err := runLine(t, reg, src, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
	if ran {
		t.Error("a stage ran after one that failed")
	}
}

func TestAStageSeesThatTheOneBeforeFailed(t *testing.T) {
	t.Parallel()
	var saw error
	reg := testRegistry(
		do("spill", func(c *Call) error {
			if _, err := c.Out.Write(make([]byte, 200_000)); err != nil {
				return err
			}
			return domain.E("e.thing.noexists")
		}),
		do("store", func(c *Call) error { _, saw = io.Copy(io.Discard, c.In); return nil }))
	_, err := runLine(t, reg, "spill | store", nil)
	if domain.CodeOf(err) != "e.thing.noexists" || domain.CodeOf(saw) != "e.thing.noexists" {
		t.Errorf("the run failed with %v, the reader saw %v", err, saw)
	}
}

func TestWordsAreFilledBeforeTheFirstStageRuns(t *testing.T) {
	t.Parallel()
	var order []string
	note := func(name string) *Command {
		return &Command{Name: name, Params: []Param{{Name: "WORD", Optional: true, Repeat: true}}, Run: func(c *Call) error {
			order = append(order, name)
			_, err := fmt.Fprint(c.Out, name)
			return err
		}}
	}
	reg := testRegistry(note("a"), note("b"), note("c"), note("d"))
	expect(t, reg, "a $(b) x$(c)y | d `c`", nil, "d")
	if got := strings.Join(order, ""); got != "bccad" {
		t.Errorf("order %s", got)
	}
}

func TestSubstitutions(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	expect(t, reg, "spy $(echo 'a b'; echo c)", nil, "arg \"a b\\nc\" data=true\n")
	expect(t, reg, "spy \"<$(echo x)>\" `echo -n y`", nil, "arg \"<x>\" data=false\narg \"y\" data=true\n")
	expect(t, reg, "spy $(cat)", nil, "arg \"\" data=true\n")
	expect(t, reg, "spy $(echo '${x}' | cat)", MapVars{"x": "$(echo deep)"}, "arg \"$(echo deep)\" data=true\n")
	expect(t, reg, "spy $(spy $(echo -- -u))", nil, "arg \"arg \\\"-u\\\" data=true\" data=true\n")
}

func TestAPanicIsAnInternalErrorWithItsStackAsCause(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(5000), do("boom", func(*Call) error { panic("secret") }), do("nil", func(c *Call) error { _ = strings.Repeat("x", -1); return nil }))
	for _, src := range []string{"boom", "many | boom", "nil -ajax", "echo $(boom)", "try boom; boom"} {
		_, err := runLine(t, reg, src, nil)
		e, ok := errors.AsType[*domain.Error](err)
		if !ok || e.Code != "e.internal" || e.Detail != "" || e.Err == nil || !strings.Contains(e.Err.Error(), "run_test.go") {
			t.Errorf("%s: %#v", src, err)
		}
		if got := string(AppendEnvelope(nil, err, domain.EN)); got != `{"ok":false,"errCode":"e.internal","msg":"internal error"}` {
			t.Errorf("%s: %s", src, got)
		}
	}
}

type panickyVars struct{}

func (panickyVars) Lookup(string) (Value, bool) { panic("vars") }

func TestAPanicInVarsIsAnInternalError(t *testing.T) {
	t.Parallel()
	expect(t, testRegistry(), "echo a | echo ${x}", panickyVars{}, "!e.internal")
}

func TestUnclassifiedErrorsAreInternal(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	reg := testRegistry(do("burn", func(*Call) error { return fmt.Errorf("write: %w", cause) }))
	_, err := runLine(t, reg, "burn -ajax", nil)
	if domain.CodeOf(err) != "e.internal" || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	if got := ErrorLine(err, domain.EN); got != "e.internal : internal error" {
		t.Errorf("line %q", got)
	}
}

func TestAWriterThatNobodyReadsIsNoError(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(100_000), first(), do("wrap", func(c *Call) error {
		for {
			if _, err := c.Out.Write(make([]byte, 1000)); err != nil {
				return domain.Wrap(err, "e.internal", "write")
			}
		}
	}))
	expect(t, reg, "wrap | first | cat", nil, "\x00")
	expect(t, reg, "try many | first", nil, "x")
	expect(t, reg, "run many | first", nil, "x")
}

func TestLimitOfStages(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	run := func(src string, stages int) error {
		return mustCompile(t, reg, src).Run(t.Context(), &Env{Who: domain.Owner, Limits: Limits{Stages: stages}})
	}
	for _, c := range []struct {
		src    string
		stages int
	}{{"echo a | cat | cat", 3}, {"echo $(echo a) | cat", 3}, {"run echo a", 2}, {"echo a; echo b", 2}} {
		if err := run(c.src, c.stages); err != nil {
			t.Errorf("%s with %d stages: %v", c.src, c.stages, err)
		}
		if err := run(c.src, c.stages-1); domain.CodeOf(err) != "e.cmd.limit.stages" {
			t.Errorf("%s with %d stages: %v", c.src, c.stages-1, err)
		}
	}
	var out bytes.Buffer
	err := mustCompile(t, reg, "echo a; fail e.json -ajax").Run(t.Context(), &Env{Limits: Limits{Stages: 1}, Out: &out})
	if domain.CodeOf(err) != "e.cmd.limit.stages" || out.String() != "a\n" {
		t.Errorf("-ajax hid the limit: %v %q", err, &out)
	}
}

func TestLimitOfOutput(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(10))
	for src, size := range map[string]int64{"many": 1000, "many | cat": 1000, "echo -n $(many)x": 2000, "many; many": 2000, "run many": 1000, "try many": 1000} {
		for _, limit := range []int64{size, size - 1} {
			var out bytes.Buffer
			err := mustCompile(t, reg, src).Run(t.Context(), &Env{Who: domain.Owner, Out: &out, Limits: Limits{Output: limit}})
			over := domain.CodeOf(err) == "e.cmd.limit.output" || strings.Contains(out.String(), "caught e.cmd.limit.output")
			if over != (limit < size) || int64(out.Len()) > limit {
				t.Errorf("%s with %d bytes: %v, %d out", src, limit, err, out.Len())
			}
		}
	}
}

func TestDefaultsOfLimitsAreForEndpoints(t *testing.T) {
	t.Parallel()
	var at time.Time
	var bounded bool
	var output int64
	reg := testRegistry(do("look", func(c *Call) error {
		at, bounded = c.Context().Deadline()
		output = c.b.maxOutput
		return nil
	}))
	s := mustCompile(t, reg, "look")
	for _, c := range []struct {
		env     Env
		bounded bool
		output  int64
	}{
		{Env{Who: domain.API}, true, DefaultOutput},
		{Env{Who: domain.Owner}, false, 0},
		{Env{Who: domain.Owner, Limits: Limits{Time: time.Hour, Output: 5}}, true, 5},
	} {
		if err := s.Run(t.Context(), &c.env); err != nil {
			t.Fatal(err)
		}
		if bounded != c.bounded || output != c.output || bounded && time.Until(at) < time.Second {
			t.Errorf("%+v: deadline %v %v, output %d", c.env.Limits, at, bounded, output)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reg := testRegistry(many(1<<40), count(),
			do("wait", func(c *Call) error { <-c.Context().Done(); return c.Context().Err() }),
			do("derived", func(c *Call) error {
				ctx, stop := context.WithTimeout(c.Context(), time.Hour)
				defer stop()
				<-ctx.Done()
				return fmt.Errorf("store: %w", ctx.Err())
			}),
			do("slow", func(c *Call) error { time.Sleep(2 * time.Second); return nil }),
			do("inner", func(c *Call) error {
				ctx, stop := context.WithTimeout(c.Context(), time.Millisecond)
				defer stop()
				<-ctx.Done()
				return domain.Wrap(ctx.Err(), "e.http.failed")
			}),
			do("endless", func(c *Call) error {
				for {
					time.Sleep(time.Millisecond)
					if _, err := c.Out.Write([]byte("x")); err != nil {
						return err
					}
				}
			}))
		for src, want := range map[string]string{
			"wait": "e.timeout", "derived": "e.timeout", "slow; slow": "e.timeout", "slow": "", "endless | count": "e.timeout", "echo $(wait)": "e.timeout",
			"run wait": "e.timeout", "wait -ajax": "e.timeout", "endless": "e.timeout", "inner": "e.http.failed",
		} {
			err := mustCompile(t, reg, src).Run(t.Context(), &Env{Who: domain.Owner, Limits: Limits{Time: time.Second}})
			if got := domain.CodeOf(err); got != want {
				t.Errorf("%s: %v, want %q", src, err, want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := mustCompile(t, reg, "wait").Run(ctx, &Env{})
		if got := domain.CodeOf(err); got != "e.canceled" {
			t.Errorf("canceled: %v", err)
		}
	})
}

func TestTheContextEndsWithTheRun(t *testing.T) {
	t.Parallel()
	var early, late context.Context
	reg := testRegistry(do("keep", func(c *Call) error { early = c.Context(); early.Done(); return nil }), do("keep2", func(c *Call) error { late = c.Context(); return nil }))
	for _, src := range []string{"keep", "keep2"} {
		if _, err := runLine(t, reg, src, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, ctx := range []context.Context{early, late} {
		<-ctx.Done()
		if ctx.Err() == nil || ctx.Value("x") != nil {
			t.Errorf("%v", ctx.Err())
		}
	}
}

// A bubble of synctest fails when a goroutine in it never ends.
func TestRunsLeaveNoGoroutines(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(3000), count(), first(), do("boom", func(*Call) error { panic(1) }),
		do("stop", func(c *Call) error { c.In.Read(make([]byte, 1)); return domain.E("e.json") }))
	for _, src := range []string{"many | count", "many | first", "many | stop | cat", "many | boom", "many | many | first", "many | cat | cat | boom | count", "echo $(many | first)"} {
		synctest.Test(t, func(t *testing.T) {
			s := mustCompile(t, reg, src)
			for range 20 {
				s.Run(t.Context(), &Env{Who: domain.API})
			}
		})
	}
}

func TestOneScriptRunsManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(1000))
	s := mustCompile(t, reg, `many | echo -n ${x} $(echo ${x}) | cat; json '{v:"${x}"}' | run echo -n $${v} ${x}`)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			x := fmt.Sprint("v", i)
			got, err := runScript(t, s, MapVars{"x": x}, "")
			if want := x + " " + x + x + " " + x; err != nil || got != want {
				t.Errorf("%q %v, want %q", got, err, want)
			}
		})
	}
	wg.Wait()
}

// onlyOne fails when two goroutines ask at once.
type onlyOne struct {
	mu sync.Mutex
	t  *testing.T
}

func (o *onlyOne) Lookup(key string) (Value, bool) {
	if !o.mu.TryLock() {
		o.t.Error("two goroutines ask Vars at once")
		return Value{}, false
	}
	defer o.mu.Unlock()
	runtime.Gosched()
	return Value{Text: key}, true
}

func TestVarsAreAskedFromOneGoroutineAtATime(t *testing.T) {
	t.Parallel()
	loop := &Command{Name: "loop", Params: []Param{{Name: "WORD", Repeat: true}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		s, err := p.CompileTemplate(p.Words)
		return func(c *Call) error {
			for range 300 {
				if err := c.RunScript(s, nil, c.Out, nil); err != nil {
					return err
				}
			}
			return nil
		}, err
	}}
	reg := testRegistry(loop)
	long := strings.Repeat("k", 300)
	if _, err := runLine(t, reg, "loop echo $${"+long+"} $${b} | loop echo $${c} ${d} | cat", &onlyOne{t: t}); err != nil {
		t.Error(err)
	}
}

func TestReadInput(t *testing.T) {
	t.Parallel()
	reg := testRegistry(many(1000), do("read", func(c *Call) error {
		b, err := c.ReadInput(50_000)
		fmt.Fprint(c.Out, len(b))
		return err
	}))
	expect(t, reg, "read", nil, "0")
	expect(t, reg, "echo abc | read", nil, "4")
	expect(t, reg, "many | read", nil, "!e.io.toolarge")
	s := mustCompile(t, reg, "read")
	if got, err := runScript(t, s, nil, strings.Repeat("x", 50_000)); err != nil || got != "50000" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := runScript(t, s, nil, strings.Repeat("x", 50_001)); domain.CodeOf(err) != "e.io.toolarge" {
		t.Errorf("%v", err)
	}
}

func TestWritesAndPlaceholders(t *testing.T) {
	t.Parallel()
	put := &Command{Name: "put", Writes: true, Run: func(*Call) error { return nil }}
	reg := testRegistry(put)
	for src, want := range map[string]bool{
		"echo a": false, "put": true, "echo a | cat; echo $(put)": true, "run put": true, "try put": true, "echo a > ~/x": true,
	} {
		if got := mustCompile(t, reg, src).Writes(); got != want {
			t.Errorf("%s: Writes %v", src, got)
		}
	}
	var keys []string
	for _, p := range mustCompile(t, reg, "echo ${a|b} 'x${c.d}' $(echo ${e}) | run echo ${f} $${g} | try echo ${h} $(echo ${i}) k > ~/${j}").Placeholders() {
		keys = append(keys, p.Keys[0].Name)
	}
	if got := strings.Join(keys, " "); got != "a c.d e f g h i j" {
		t.Errorf("placeholders %s", got)
	}
}

// What a command asks others to do takes the run's turns: they find its pace in the
// context, also in a run inside of it.
func TestThePaceOfARunIsInItsContext(t *testing.T) {
	t.Parallel()
	turns := 0
	work := do("work", func(c *Call) error { return domain.PaceOf(c.Context())() })
	inner := mustCompile(t, testRegistry(work), "work")
	reg := testRegistry(work, do("hook", func(c *Call) error {
		return inner.Run(c.Context(), &Env{Who: domain.Owner})
	}), do("none", func(c *Call) error {
		if domain.PaceOf(c.Context()) != nil {
			return errors.New("there is a pace")
		}
		return nil
	}))
	over := domain.E("e.canceled")
	for _, src := range []string{"work", "hook", "try 'work' | cat"} {
		turns = 0
		err := mustCompile(t, reg, src).Run(t.Context(), &Env{Who: domain.API, Out: io.Discard, Pace: func() error { turns++; return over }})
		if turns == 0 || src != "try 'work' | cat" && domain.CodeOf(err) != "e.canceled" {
			t.Errorf("%s: %d turns, %v", src, turns, err)
		}
	}
	if err := mustCompile(t, reg, "none").Run(t.Context(), &Env{Who: domain.Owner}); err != nil {
		t.Error(err)
	}
}
