package shell

import (
	"context"
	"fmt"
	"io"

	"github.com/caryahq/carya/domain"
)

// Call is one run of one command. It belongs to the command until its Run
// returns, and must not be used by several goroutines at once.
type Call struct {
	*Env
	In  io.Reader // the pipe; never nil
	Out io.Writer // to the next stage; a failed write means that nobody reads on: return the error

	b     *budget
	stage *stage
	vals  []Value // one for each hole of the stage
	few   [4]Value
	err   error // met while the words were filled
	held  int   // bytes that count for the run, until the stage ends
	loose int   // those that do not yet

	onDisk int64 // bytes of disk that count for the run
}

// bind fills the holes of the stage's words, once, in the order of the source.
func (c *Call) bind(sc scope, s *stage) {
	defer rescue(&c.err)
	c.Env, c.b, c.stage = sc.env, sc.b, s
	if c.vals = c.few[:]; len(s.holes) > len(c.few) {
		c.vals = make([]Value, len(s.holes))
	}
	size := 0
	for i := range s.holes {
		v, err := s.holes[i].value(sc)
		if err != nil {
			c.err = err
			return
		}
		if i%256 == 255 { // one may look through megabytes
			if c.err = sc.b.Err(); c.err != nil {
				return
			}
		}
		if size += len(v.Text); size > maxValues {
			c.err = tooMuch()
			return
		}
		if c.err = c.Hold(len(v.Text)); c.err != nil {
			return
		}
		c.vals[i] = v
	}
}

// maxValues bounds what fills the words of one stage, and what all variables of a run hold,
// in bytes: a script that doubles a text line by line would take all memory.
const maxValues = 2 * MaxInput

func tooMuch() error {
	return domain.E("e.io.toolarge", domain.Textf("变量或一条命令的参数超过 %v 字节", "variables, or the words of one command, of more than %v bytes", maxValues))
}

func (h *hole) value(sc scope) (Value, error) {
	v, err := h.plain(sc)
	if h.escape != nil && err == nil {
		v = Value{Text: h.escape(v.text())}
	}
	return v, err
}

func (h *hole) plain(sc scope) (Value, error) {
	switch {
	case h.ph != nil:
		return sc.b.lookup(h.ph, sc.env.Vars), nil
	case h.sub != nil:
		text, err := h.sub.output(sc)
		return Value{Text: text}, err
	case h.captured < len(sc.caps):
		return sc.caps[h.captured], nil
	}
	return Value{}, fmt.Errorf("shell: a template was run by another stage than its own")
}

// lookup asks Vars, one goroutine at a time.
func (b *budget) lookup(p *placeholder, v Vars) Value {
	b.lookups.Lock()
	defer b.lookups.Unlock()
	return p.value(v)
}

// Context ends with the run: at its deadline, or when the caller has gone.
func (c *Call) Context() context.Context { return c.b }

// Pace is to be called now and then by a command that neither reads nor writes for long: it
// waits for the run's turn.
func (c *Call) Pace() error {
	if c.Env.Pace == nil {
		return nil
	}
	return c.Env.Pace()
}

// LongWork is to be called before work that takes milliseconds of a processor.
func (c *Call) LongWork() error {
	if c.Env.LongWork == nil {
		return nil
	}
	return c.Env.LongWork()
}

// Registry is the commands that the script was compiled with.
func (c *Call) Registry() *Registry { return c.stage.script.reg }

// Tree is the domain's tree as the principal may see it; nil without a domain.
func (c *Call) Tree() *domain.Tree {
	if c.Domain == nil {
		return nil
	}
	return c.Domain.Tree(c.Who)
}

// Flush lets the next stage, or the client, see what was written so far.
func (c *Call) Flush() error { return flush(c.Out) }

// Notef writes a line for a person, when somebody listens.
func (c *Call) Notef(format string, args ...any) {
	if c.Err != nil {
		fmt.Fprintf(c.Err, format+"\n", args...)
	}
}

// RunScript runs a script that Prepare made, within the budget of this run.
// Nil vars are those of this run, a nil in is empty, a nil out discards.
func (c *Call) RunScript(s *Script, in io.Reader, out io.Writer, vars Vars) error {
	env := *c.Env
	env.In, env.Out = in, out
	if vars != nil {
		env.Vars = vars
	}
	sc := scope{b: c.b, env: s.settable(&env)}
	if own, ok := sc.env.Vars.(*localVars); ok && sc.env != &env {
		defer own.end(c.b)
	}
	if s.owner == c.stage {
		sc.caps = c.vals
	}
	return s.runIn(sc, in, sink{b: c.b, w: out, counted: out == c.Out}, nil)
}

// MaxInput is what ReadInput takes when it is not told otherwise, in bytes.
const MaxInput = 32 << 20

// ReadInput reads the pipe to its end; 0 stands for MaxInput. More than max
// bytes is e.io.toolarge. The bytes are the caller's.
func (c *Call) ReadInput(max int64) ([]byte, error) {
	if max <= 0 {
		max = MaxInput
	}
	if p, ok := c.In.(*pipe); ok {
		if data, ok := p.all(); ok {
			if err := c.Hold(len(data)); err != nil {
				return nil, err
			}
			return within(data, max)
		}
	}
	data, err := io.ReadAll(io.LimitReader(&held{c, c.In}, max+1))
	if err != nil {
		return nil, err
	}
	return within(data, max)
}

func within(data []byte, max int64) ([]byte, error) {
	if int64(len(data)) > max {
		return nil, domain.E("e.io.toolarge", domain.Textf("管道中的内容超过 %v 字节", "the pipe holds more than %v bytes", max))
	}
	return data, nil
}
