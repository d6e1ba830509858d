package shell

import (
	"slices"
	"sync"
)

// localVars are variables that a script has set, over those it was given.
type localVars struct {
	under Vars
	mu    sync.RWMutex
	set   map[string]Value
}

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

// SetVar sets a variable for the pipelines that come after this one, in the same
// script and in what it runs. The Env keeps it, for its next run too.
func (c *Call) SetVar(name string, v Value) {
	c.b.lookups.Lock()
	defer c.b.lookups.Unlock()
	l, ok := c.Vars.(*localVars)
	if !ok {
		l = &localVars{under: c.Vars, set: map[string]Value{}}
		c.Vars = l
	}
	l.mu.Lock()
	l.set[name] = v
	l.mu.Unlock()
}

// Declares are the names of the variables that the script itself sets. The slice
// is the caller's.
func (s *Script) Declares() []string { return slices.Clone(s.declared) }
