package shell

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/caryahq/carya/domain"
)

// purse is the memory that a domain has for its runs.
type purse struct {
	mu                  sync.Mutex
	most, held, peak, n int64
}

func (p *purse) take(n int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if p.held+n > p.most {
		return domain.E("e.busy")
	}
	p.held += n
	p.peak = max(p.peak, p.held)
	return nil
}

// vary sets a variable, the first word, to the second.
func vary() *Command {
	return &Command{Name: "vary", Params: []Param{{Name: "NAME"}, {Name: "VALUE"}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		name, _ := p.Words[0].Literal()
		p.Declare(name)
		value := p.Arg(p.Words[1], Text)
		return func(c *Call) error { return c.SetVar(name, Value{Text: c.Arg(value).Text()}) }, nil
	}}
}

// often runs its words n times, as each does for n items.
func often(n int) *Command {
	return &Command{Name: "often", Params: []Param{{Name: "WORD", Repeat: true}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		s, err := p.CompileBlock(p.Words[0])
		if err != nil {
			return nil, err
		}
		return func(c *Call) error {
			for range n {
				if err := c.RunScript(s, nil, c.Out, JSONVars([]byte(`{"a":"b"}`))); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}}
}

// What a run holds in words, captured output, variables and inputs is taken from whom it
// runs for, in steps, and given back; the first step is free.
func TestWhatARunHoldsIsCharged(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	text := strings.Repeat("x", mib)
	reg := testRegistry(vary(), often(50), many(4*mib/100),
		do("drops", func(c *Call) error {
			for range 20 {
				if err := c.Hold(mib); err != nil {
					return err
				}
				c.Drop(mib)
			}
			return nil
		}),
		do("big", func(c *Call) error { _, err := io.WriteString(c.Out, text); return err }),
		&Command{Name: "pass", Reads: true, Run: func(c *Call) error {
			b, err := c.ReadInput(0)
			if err == nil {
				_, err = c.Out.Write(b)
			}
			return err
		}})
	for _, c := range []struct {
		name, src string
		peak      [2]int64 // from, to
		code      string
	}{
		{"small", "vary a ${s}; echo ${s} $(echo ${a}) | pass", [2]int64{0, 0}, ""},
		{"many small", strings.Repeat("echo $(echo ${s})\n", 100), [2]int64{0, 0}, ""},
		{"words", "echo ${v} ${v} ${v}", [2]int64{2 * mib, 4 * mib}, ""},
		{"words one after the other", "echo ${v}; echo ${v}; echo ${v}; echo ${v}; echo ${v}; echo ${v}; echo ${v}; echo ${v}; echo ${v}", [2]int64{mib / 2, 2 * mib}, ""},
		{"captured", "echo $(many)", [2]int64{3 * mib, 5 * mib}, ""},
		{"captured too much", "echo $(many) $(many) $(many)", [2]int64{7 * mib, 10 * mib}, "e.busy"},
		{"captured while it grows", "echo $(many; many; many; many)", [2]int64{8 * mib, 10 * mib}, "e.busy"},
		{"input", "many | pass", [2]int64{3 * mib, 5 * mib}, ""},
		{"inputs", "many | pass | pass | pass | pass", [2]int64{3 * mib, 9 * mib}, ""},
		{"variables", "vary a ${v}; vary b ${v}; vary c ${v}; vary d ${v}; vary e ${v}", [2]int64{4 * mib, 7 * mib}, ""},
		{"too many variables", "vary a ${v}; vary b ${v}; vary c ${v}; vary d ${v}; vary e ${v}; vary f ${v}; vary g ${v}; vary h ${v}; vary i ${v}; vary j ${v}; vary k ${v}", [2]int64{8 * mib, 10 * mib}, "e.busy"},
		{"a variable replaced", strings.Repeat("vary a ${v}\n", 20), [2]int64{mib, 4 * mib}, ""},
		{"variables of a loop", "often 'vary a ${s}; vary b ${s}'", [2]int64{0, 0}, ""},
		{"large ones of a loop", "often 'vary a $(big)'", [2]int64{mib / 2, 5 * mib}, ""},
		{"dropped again and again", "drops", [2]int64{mib / 2, 2 * mib}, ""},
		{"a failure given back", "try 'echo ${v} ${v} | fail e.thing.noexists'; try 'echo ${v} ${v} | fail e.thing.noexists'; echo ${v}", [2]int64{mib, 4 * mib}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := reg.CompileText(c.src, CompileOptions{File: "test", Endpoint: true})
			if err != nil {
				t.Fatal(err)
			}
			p := &purse{most: 10 * mib}
			err = s.Run(t.Context(), &Env{Who: domain.API, Vars: MapVars{"v": text, "s": "small"}, Out: io.Discard, Memory: p.take})
			if code := codeOf(err); code != c.code {
				t.Errorf("%v, want %q", err, c.code)
			}
			if p.held != 0 || p.peak < c.peak[0] || p.peak > c.peak[1] {
				t.Errorf("%d held afterwards, %d at most, want %v", p.held, p.peak, c.peak)
			}
			if c.peak[1] == 0 && p.n != 0 {
				t.Errorf("a small run asks %d times", p.n)
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

// What a substitution prints is bounded while it is kept, also where a run's output is not.
func TestCapturedOutputIsBoundedWhileItGrows(t *testing.T) {
	t.Parallel()
	written := 0
	reg := testRegistry(do("endless", func(c *Call) error {
		for {
			n, err := c.Out.Write(make([]byte, 1<<20))
			if written += n; err != nil {
				return err
			}
		}
	}))
	err := mustCompile(t, reg, "echo $(endless)").Run(t.Context(), &Env{Who: domain.Owner, Out: io.Discard})
	if domain.CodeOf(err) != "e.io.toolarge" || written > maxValues {
		t.Errorf("%v after %d bytes", err, written)
	}
}

// A script that a command sets off, as those of thing.json are, counts for the run around
// it, and for nobody when that has ended.
func TestARunInsideOfAnotherCountsForIt(t *testing.T) {
	t.Parallel()
	inner := mustCompile(t, testRegistry(many(20_000)), "echo $(many)")
	var left context.Context
	reg := testRegistry(do("hook", func(c *Call) error {
		left = context.WithoutCancel(c.Context())
		return inner.Run(c.Context(), &Env{Who: domain.Owner, Out: io.Discard})
	}))
	outer := mustCompile(t, reg, "hook")
	p := &purse{most: 10 << 20}
	if err := outer.Run(t.Context(), &Env{Who: domain.API, Memory: p.take}); err != nil || p.peak < 1<<20 || p.held != 0 {
		t.Errorf("%v, %d at most, %d afterwards", err, p.peak, p.held)
	}
	if err := inner.Run(left, &Env{Who: domain.Owner, Out: io.Discard}); err != nil || p.held != 0 {
		t.Errorf("afterwards: %v, %d", err, p.held)
	}
	p = &purse{most: 1 << 20}
	if err := outer.Run(t.Context(), &Env{Who: domain.API, Memory: p.take}); codeOf(err) != "e.busy" || p.held != 0 {
		t.Errorf("%v, %d afterwards", err, p.held)
	}
}
