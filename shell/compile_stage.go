package shell

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// stage is one command of a pipeline with its words bound to the declaration:
// which word is which argument is settled here, once, and no data can change it.
type stage struct {
	script *Script
	cmd    *Command // a family's verb; nil for a redirect
	name   string   // "www checkme"
	pos    syntax.Pos
	run    func(*Call) error
	args   []*word
	opts   []given // beside cmd.Options
	holes  []hole  // of all words, in the order of the source
	ajax   bool
	style  jsonStyle
}

// given is an option as the script has it.
type given struct {
	is   bool
	word *word // its value; nil without
}

// stage compiles one command; nil when it has a fault.
func (c *compiler) stage(words []*syntax.Word, pos syntax.Pos) *stage {
	cmd, name, rest := c.resolve(words, pos)
	if cmd == nil {
		return nil
	}
	s := &stage{script: c.Script, cmd: cmd, name: name, pos: pos, run: cmd.Run}
	c.writes = c.writes || cmd.Writes
	if cmd.Prepare != nil {
		return c.prepare(s, rest)
	}
	b := binder{compiler: c, stage: s, words: rest}
	b.bind()
	s.ajax = s.has("ajax")
	s.style = jsonStyle{compact: s.has("c"), nulls: s.has("n")}
	return s
}

// has reports whether the script gives the option.
func (s *stage) has(option string) bool {
	if s.opts == nil {
		return false
	}
	i := s.cmd.option(option)
	return i >= 0 && s.opts[i].is
}

// resolve finds the command or verb. The rest are the words without names.
func (c *compiler) resolve(words []*syntax.Word, pos syntax.Pos) (cmd *Command, name string, rest []*syntax.Word) {
	name, ok := literalText(words, 0)
	switch {
	case len(words) == 0:
		c.fault(pos, "", domain.E("e.cmd.usage", "a command is missing"))
		return nil, "", nil
	case !ok:
		c.fault(words[0].Pos, "", domain.E("e.cmd.noexists", "the name of a command must be literal text"))
		return nil, "", nil
	}
	cmd = c.reg.byName[name]
	if cmd == nil {
		c.fault(words[0].Pos, "", domain.E("e.cmd.noexists", name+didYouMean("", name, names(c.reg.list))))
		return nil, "", nil
	}
	if cmd.Verbs == nil {
		return cmd, name, words[1:]
	}
	return c.resolveVerb(cmd, words, pos)
}

// resolveVerb finds the verb at its fixed place; words before it are arguments.
func (c *compiler) resolveVerb(family *Command, words []*syntax.Word, pos syntax.Pos) (*Command, string, []*syntax.Word) {
	at := 1 + family.VerbAt
	if len(words) <= at {
		c.fault(pos, family.Name, domain.E("e.cmd.usage", "a verb is missing: "+family.Usage()))
		return nil, "", nil
	}
	for _, w := range words[1:at] {
		if text, _ := leadingText(w.Pieces); looksLikeOption(text) {
			c.fault(w.Pos, family.Name, domain.E("e.cmd.usage", "options come after the verb: "+family.Usage()))
			return nil, "", nil
		}
	}
	verb, ok := literalText(words, at)
	v := family.verb(verb)
	switch {
	case !ok:
		c.fault(words[at].Pos, family.Name, domain.E("e.cmd.noexists", "the verb must be literal text"))
		return nil, "", nil
	case v == nil:
		c.fault(words[at].Pos, family.Name, domain.E("e.cmd.noexists", family.Name+" "+verb+didYouMean("", verb, names(family.Verbs))))
		return nil, "", nil
	}
	rest := append(append([]*syntax.Word{}, words[1:at]...), words[at+1:]...)
	return v, family.Name + " " + verb, rest
}

func names(cmds []*Command) []string {
	var out []string
	for _, c := range cmds {
		if !c.Hidden {
			out = append(out, c.Name)
		}
	}
	return out
}

// literalText is the text of the word at i; false when there is none or it
// holds data.
func literalText(words []*syntax.Word, i int) (string, bool) {
	if i >= len(words) {
		return "", false
	}
	text, n := leadingText(words[i].Pieces)
	return text, n == len(words[i].Pieces)
}
