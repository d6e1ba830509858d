package shell

import (
	"cmp"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Completion is what can stand in place of line[From:To]. Candidates are sorted.
type Completion struct {
	From, To   int
	Candidates []Candidate
}

// Candidate is one way to go on. Text is as it is typed, escapes included; a
// blank goes after it unless it ends with "/".
type Candidate struct {
	Text string
	Help string
}

// Complete finds what could be typed at a place of a line: names of commands and
// verbs, options not given yet, and paths as env's principal sees the tree. An env
// without a domain has no paths. pos counts bytes.
func Complete(r *Registry, line string, pos int, env *Env) Completion {
	typed := scanTyped(line[:min(pos, len(line))])
	out := Completion{From: typed.from, To: pos}
	f := finder{registry: r, env: env, typed: typed}
	out.Candidates = f.candidates()
	slices.SortFunc(out.Candidates, func(a, b Candidate) int { return cmp.Compare(a.Text, b.Text) })
	return out
}

// finder looks for candidates for the last word that was typed.
type finder struct {
	registry *Registry
	env      *Env
	typed    typed
}

func (f *finder) candidates() []Candidate {
	words := f.typed.words
	for !f.typed.redirect {
		if len(words) == 0 {
			return f.named(f.registry.list)
		}
		c := f.registry.byName[words[0]]
		switch {
		case c == nil:
			return nil
		case c.Prepare != nil: // its words are themselves a command
			words = words[1:]
			continue
		case c.Verbs == nil:
			return f.words(c, words[1:])
		}
		return f.verb(c, words[1:])
	}
	return f.paths()
}

// verb completes a family's words: those before the verb, the verb, its words.
func (f *finder) verb(family *Command, words []string) []Candidate {
	switch {
	case len(words) == family.VerbAt:
		return f.named(family.Verbs)
	case len(words) < family.VerbAt:
		return f.words(family.Verbs[0], words)
	}
	v := family.verb(words[family.VerbAt])
	if v == nil {
		return nil
	}
	return f.words(v, slices.Concat(words[:family.VerbAt], words[family.VerbAt+1:]))
}

// named are the commands whose names go on from what was typed.
func (f *finder) named(cmds []*Command) (out []Candidate) {
	for _, c := range cmds {
		if !c.Hidden && strings.HasPrefix(c.Name, f.typed.word) {
			out = append(out, Candidate{c.Name, c.Summary(f.env.Lang)})
		}
	}
	return out
}

// words completes an option or a word of a command.
func (f *finder) words(c *Command, before []string) []Candidate {
	n, value, used := place(c, before)
	switch {
	case value != nil:
		return f.pathsIf(value.Type)
	case strings.HasPrefix(f.typed.word, "-"):
		return f.options(c, used)
	case len(c.Params) == 0:
		return nil
	}
	if last := len(c.Params) - 1; n > last && c.Params[last].Repeat {
		n = last
	}
	if n >= len(c.Params) {
		return nil
	}
	if c.Params[n].Names {
		return f.commands(before)
	}
	return f.pathsIf(c.Params[n].Type)
}

// commands completes the name of a command, or of a verb of the family before.
func (f *finder) commands(before []string) []Candidate {
	switch {
	case len(before) == 0:
		return f.named(f.registry.list)
	case len(before) == 1 && f.registry.byName[before[0]] != nil:
		return f.named(f.registry.byName[before[0]].Verbs)
	}
	return nil
}

// place counts the positional words before the cursor, and tells the option
// whose value comes next and the options that are used.
func place(c *Command, before []string) (n int, value *Option, used map[string]bool) {
	used = map[string]bool{}
	for _, w := range before {
		i := -1
		if strings.HasPrefix(w, "-") {
			i = c.option(w[1:])
		}
		switch {
		case value != nil && (value.Arity == Required || !strings.HasPrefix(w, "-")):
			value = nil
		case i >= 0:
			used[c.Options[i].Name] = true
			if value = nil; c.Options[i].Arity != None {
				value = &c.Options[i]
			}
		case looksLikeOption(w):
			value = nil
			for _, r := range w[1:] {
				used[string(r)] = true
			}
		default:
			n, value = n+1, nil
		}
	}
	return n, value, used
}

func (f *finder) options(c *Command, used map[string]bool) (out []Candidate) {
	for _, o := range c.Options {
		if name := "-" + o.Name; !used[o.Name] && strings.HasPrefix(name, f.typed.word) {
			out = append(out, Candidate{name, o.Help.In(f.env.Lang)})
		}
	}
	return out
}

// pathsIf completes a path where an object may stand, or where one was begun.
func (f *finder) pathsIf(t Type) []Candidate {
	if t == Ref || strings.HasPrefix(f.typed.word, "~") {
		return f.paths()
	}
	return nil
}

// paths are the objects whose paths go on from what was typed.
func (f *finder) paths() (out []Candidate) {
	if f.env.Domain == nil {
		return nil
	}
	word := f.typed.word
	if word == "~" {
		return []Candidate{{Text: "~/"}}
	}
	cut := strings.LastIndexByte(word, '/') + 1
	dir, err := domain.ParsePath(word[:cut])
	if err != nil {
		return nil
	}
	objects, err := f.env.Domain.Tree(f.env.Who).List(dir)
	if err != nil {
		return nil
	}
	for _, o := range objects {
		if !strings.HasPrefix(o.Name, word[cut:]) || strings.HasPrefix(o.Name, ".") && word[cut:] == "" {
			continue
		}
		text := word[:cut] + o.Name
		if o.Race == domain.DIR {
			text += "/"
		}
		out = append(out, Candidate{Text: f.typed.quoted(text)})
	}
	return out
}
