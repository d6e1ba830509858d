package shell

import (
	"slices"
	"sync"
)

// localVars are variables that scripts set, over those they were given.
type localVars struct {
	under Vars
	mu    sync.RWMutex
	set   map[string]Value
	size  int // of their texts
	held  int // of them, what counts for the run
}

// NewVars are variables that scripts may set (Call.SetVar) and that last as long as
// the Vars do: a prompt keeps them from line to line. What is set comes before
// what under has; under may be nil. Several runs may use them at once. Without
// them a script's variables end with its run.
func NewVars(under Vars) Vars { return &localVars{under: under, set: map[string]Value{}} }

// Lookup implements Vars.
func (l *localVars) Lookup(name string) (Value, bool) {
	l.mu.RLock()
	v, ok := l.set[name]
	l.mu.RUnlock()
	if ok || l.under == nil {
		return v, ok
	}
	return l.under.Lookup(name)
}

// settable is an env for a script that sets variables: the caller's own Env stays
// as it is, for it may be used again.
func (s *Script) settable(env *Env) *Env {
	if len(s.declared) == 0 {
		return env
	}
	if _, ok := env.Vars.(*localVars); ok {
		return env
	}
	own := *env
	own.Vars = NewVars(env.Vars)
	return &own
}

// SetVar sets a variable for the pipelines that come after this one, in the same
// script and in what it runs. The command must have declared it (Prep.Declare).
// All together they hold 64 MiB at most.
func (c *Call) SetVar(name string, v Value) error {
	l := c.Vars.(*localVars)
	l.mu.Lock()
	defer l.mu.Unlock()
	size := l.size + len(v.Text) - len(l.set[name].Text)
	if size > maxValues {
		return tooMuch()
	}
	if err := l.hold(c.b, size); err != nil {
		return err
	}
	l.set[name], l.size = v, size
	return nil
}

// hold counts the variables' size for the run. The lock is held.
func (l *localVars) hold(b *budget, size int) error {
	if size <= heldFree {
		size = 0
	}
	if size < l.held {
		b.memory.free(l.held - size)
	} else if size > l.held {
		if err := b.memory.hold(size - l.held); err != nil {
			return err
		}
	}
	l.held = size
	return nil
}

// end gives back what variables that have ended counted for.
func (l *localVars) end(b *budget) { b.memory.free(l.held) }

// Declares are the names of the variables that the script itself sets. The slice
// is the caller's.
func (s *Script) Declares() []string { return slices.Clone(s.declared) }
