package shell

import (
	"slices"
	"strings"
)

// Registry is the commands of the language. It is built once from an explicit
// list and never changes, so any number of goroutines may use it.
type Registry struct {
	list   []*Command
	byName map[string]*Command
}

// NewRegistry makes a registry. A name given twice or a declaration that
// cannot work is a programmer's mistake and panics.
func NewRegistry(cmds ...*Command) *Registry {
	r := &Registry{list: slices.Clone(cmds), byName: make(map[string]*Command, len(cmds))}
	slices.SortFunc(r.list, byName)
	for _, c := range r.list {
		if r.byName[c.Name] != nil {
			panic("shell: command declared twice: " + c.Name)
		}
		mustBeSound(c, c.Name)
		r.byName[c.Name] = c
	}
	return r
}

func byName(a, b *Command) int { return strings.Compare(a.Name, b.Name) }

// Commands are all commands, sorted by name. The slice is the caller's.
func (r *Registry) Commands() []*Command { return slices.Clone(r.list) }

// Find is the command of that name, nil when there is none. "www checkme"
// finds a family's verb.
func (r *Registry) Find(name string) *Command {
	if c := r.byName[name]; c != nil {
		return c
	}
	family, verb, ok := strings.Cut(name, " ")
	if c := r.byName[family]; ok && c != nil {
		return c.verb(verb)
	}
	return nil
}

// verb is a family's verb of that name, nil when there is none.
func (c *Command) verb(name string) *Command {
	for _, v := range c.Verbs {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// option is the place of a declared option, -1 when there is none.
func (c *Command) option(name string) int {
	for i := range c.Options {
		if c.Options[i].Name == name {
			return i
		}
	}
	return -1
}

// mustBeSound panics when a declaration cannot work.
func mustBeSound(c *Command, name string) {
	bad := func(what string) { panic("shell: command " + name + ": " + what) }
	ways := 0
	for _, has := range []bool{c.Run != nil, c.Prepare != nil, c.Verbs != nil} {
		if has {
			ways++
		}
	}
	if ways != 1 {
		bad("needs exactly one of Run, Prepare and Verbs")
	}
	if c.Name == "" || c.Name[0] == '-' || strings.ContainsAny(c.Name, " \t\n") {
		bad("not a name")
	}
	mustHaveSoundParams(c, bad)
	mustHaveSoundOptions(c, bad)
	seen := map[string]bool{}
	for _, v := range c.Verbs {
		if seen[v.Name] {
			bad("verb declared twice: " + v.Name)
		}
		seen[v.Name] = true
		mustBeSound(v, name+" "+v.Name)
		if v.Verbs != nil || len(v.Params) < c.VerbAt {
			bad("verb " + v.Name + " must declare the words before it and have no verbs of its own")
		}
	}
}

func mustHaveSoundParams(c *Command, bad func(string)) {
	optional := false
	for i, p := range c.Params {
		if p.Repeat && i < len(c.Params)-1 {
			bad("only the last word may repeat")
		}
		if optional && !p.Optional {
			bad("word " + p.Name + " is needed after one that is not")
		}
		optional = p.Optional
	}
}

func mustHaveSoundOptions(c *Command, bad func(string)) {
	for i, o := range c.Options {
		if o.Name == "" || strings.HasPrefix(o.Name, "-") {
			bad("not an option: " + o.Name)
		}
		if c.option(o.Name) != i {
			bad("option declared twice: -" + o.Name)
		}
	}
}
