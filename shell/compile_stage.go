package shell

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// stage is one command of a pipeline with its words bound to the declaration:
// which word is which argument is settled here, once, and no data can change it.
type stage struct {
	script *Script
	cmd    *Command // a family's verb; nil for a redirect
	family *Command // nil unless cmd is a verb
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
	s := &stage{script: c.Script, pos: pos}
	rest, ok := c.resolve(s, words)
	if !ok {
		return nil
	}
	cmd := s.cmd
	if s.run = cmd.Run; cmd.Writes {
		c.writes, c.writers = true, append(c.writers, s.name)
		c.acts = append(c.acts, s.name+namedIn(rest))
	}
	if cmd.Calls {
		c.calls = true
		c.noteCalled(rest)
	}
	if cmd.Prepare != nil {
		return c.prepare(s, rest)
	}
	b := binder{compiler: c, stage: s, words: rest}
	b.bind()
	s.ajax = s.has("ajax")
	s.style = jsonStyle{compact: s.has("c"), nulls: s.has("n")}
	return s
}

// namedIn are the paths and ids among the words of a command: what it is about, and no
// value, which may be a secret.
func namedIn(words []*syntax.Word) string {
	var b strings.Builder
	for i := range words {
		text, literal := literalText(words, i)
		if literal && len(text) <= 200 && !strings.ContainsAny(text, " \t\r\n") && (strings.HasPrefix(text, "~/") || domain.IsID(strings.TrimPrefix(text, "id:"))) {
			b.WriteString(" " + text)
		}
	}
	return b.String()
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
func (c *compiler) resolve(s *stage, words []*syntax.Word) (rest []*syntax.Word, ok bool) {
	if len(words) == 0 {
		c.fault(s.pos, "", domain.E("e.cmd.usage", domain.Text{ZH: "缺少命令", EN: "a command is missing"}))
		return nil, false
	}
	name, literal := literalText(words, 0)
	if !literal {
		c.fault(words[0].Pos, "", domain.E("e.cmd.noexists", domain.Text{ZH: "命令名必须直接写出", EN: "the name of a command must be literal text"}))
		return nil, false
	}
	s.cmd, s.name = c.reg.byName[name], name
	if s.cmd == nil {
		c.fault(words[0].Pos, "", domain.E("e.cmd.noexists", wrongName(name, didYouMean("", name, names(c.reg.list)))))
		return nil, false
	}
	if s.cmd.Verbs == nil {
		return words[1:], true
	}
	s.family = s.cmd
	return c.resolveVerb(s, words)
}

// resolveVerb finds the verb at its fixed place; words before it are arguments.
func (c *compiler) resolveVerb(s *stage, words []*syntax.Word) (rest []*syntax.Word, ok bool) {
	at := 1 + s.family.VerbAt
	bad := func(pos syntax.Pos, code string, what domain.Text) ([]*syntax.Word, bool) {
		c.fault(pos, s.family.Name, domain.E(code, what))
		return nil, false
	}
	if len(words) <= at {
		return bad(s.pos, "e.cmd.usage", domain.Textf("缺少动词：%s", "a verb is missing: %s", strings.Join(names(s.family.Verbs), ", ")))
	}
	for _, w := range words[1:at] {
		if text, _ := leadingText(w.Pieces); looksLikeOption(text) {
			return bad(w.Pos, "e.cmd.usage", domain.Text{ZH: "选项要写在动词之后", EN: "options come after the verb"})
		}
	}
	verb, literal := literalText(words, at)
	if !literal {
		return bad(words[at].Pos, "e.cmd.noexists", domain.Text{ZH: "动词必须直接写出", EN: "the verb must be literal text"})
	}
	s.cmd = s.family.verb(verb)
	if s.cmd == nil {
		return bad(words[at].Pos, "e.cmd.noexists", wrongName(s.family.Name+" "+verb, didYouMean("", verb, names(s.family.Verbs))))
	}
	s.name = s.family.Name + " " + verb
	return slices.Concat(words[1:at], words[at+1:]), true
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
