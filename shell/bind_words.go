package shell

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// binder settles which word is which argument, from left to right.
//
// A word is an option when its literal text begins with "-" and a letter (or a
// second "-"), bare or quoted alike: quotes say how a text is written, not what
// it is for. So -5, - and "- a" are arguments, and so is every word that begins with data.
// After -- every word is an argument.
type binder struct {
	*compiler
	stage *stage
	words []*syntax.Word
	ended bool // -- was seen
}

func (b *binder) bind() {
	s := b.stage
	s.opts = make([]given, len(s.cmd.Options))
	for len(b.words) > 0 {
		w := b.words[0]
		b.words = b.words[1:]
		if !b.option(w) {
			b.argument(w)
		}
	}
	if n := len(s.args); n < len(s.cmd.Params) && !s.cmd.Params[n].Optional {
		b.usage(s.pos, domain.Textf("缺少 %s", "%s is missing", s.cmd.Params[n].Name))
	}
}

// argument takes the word as the next positional one.
func (b *binder) argument(w *syntax.Word) {
	s, ps := b.stage, b.stage.cmd.Params
	n := len(s.args)
	if n >= len(ps) && (len(ps) == 0 || !ps[len(ps)-1].Repeat) {
		if n == len(ps) {
			b.usage(w.Pos, domain.Text{ZH: "多了一个参数", EN: "one word too many"})
		}
		n = -1
	}
	p := Param{}
	if n >= 0 {
		p = ps[min(n, len(ps)-1)]
	}
	s.args = append(s.args, b.word(s, w, p.Type, p.Check))
}

// option takes the word as an option, with its value; false when it is none.
func (b *binder) option(w *syntax.Word) bool {
	text, n := leadingText(w.Pieces)
	literal := n == len(w.Pieces)
	switch {
	case b.ended || !strings.HasPrefix(text, "-"):
		return false
	case text == "--" && literal:
		b.ended = true
		return true
	case !literal && (looksLikeOption(text) || text == "-"):
		b.faultOption(w, domain.Text{ZH: "选项必须直接写出；以 - 开头的文本前请写 --", EN: "an option is literal text; put -- before a text that begins with -"})
		return true
	case !literal:
		return false
	}
	if i := b.stage.cmd.option(text[1:]); i >= 0 {
		b.give(i, w)
		return true
	}
	if !looksLikeOption(text) {
		return false
	}
	if !b.joined(text[1:], w) {
		b.faultOption(w, wrongName(text, didYouMean("-", strings.TrimLeft(text, "-"), optionNames(b.stage.cmd))))
	}
	return true
}

// looksLikeOption tells -x and --x from -5, - and "- a".
func looksLikeOption(text string) bool {
	if len(text) < 2 || text[0] != '-' {
		return false
	}
	c := text[1]
	return c == '-' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// joined takes -cqn as -c -q -n: every letter a declared option without value.
func (b *binder) joined(letters string, w *syntax.Word) bool {
	var all []int
	for _, r := range letters {
		i := b.stage.cmd.option(string(r))
		if i < 0 || b.stage.cmd.Options[i].Arity != None {
			return false
		}
		all = append(all, i)
	}
	for _, i := range all {
		b.give(i, w)
	}
	return len(all) > 1
}

// give notes an option and takes its value.
func (b *binder) give(i int, w *syntax.Word) {
	o, g := &b.stage.cmd.Options[i], &b.stage.opts[i]
	if g.is {
		b.faultOption(w, domain.Textf("-%s 给了两次", "-%s is given twice", o.Name))
	}
	g.is = true
	switch {
	case o.Arity == None:
	case len(b.words) > 0 && (o.Arity == Required || !b.beginsWithDash(b.words[0])):
		g.word = b.word(b.stage, b.words[0], o.Type, o.Check)
		b.words = b.words[1:]
	case o.Arity == Required:
		b.faultOption(w, domain.Textf("-%s 缺少值", "-%s needs a value", o.Name))
	}
}

// beginsWithDash reports whether a word's text begins with a literal "-".
func (b *binder) beginsWithDash(w *syntax.Word) bool {
	text, _ := leadingText(w.Pieces)
	return strings.HasPrefix(text, "-")
}

func optionNames(c *Command) []string {
	var out []string
	for _, o := range c.Options {
		out = append(out, o.Name)
	}
	return out
}

func (b *binder) faultOption(w *syntax.Word, what domain.Text) {
	b.fault(w.Pos, b.stage.name, domain.E("e.cmd.option", what))
}

func (b *binder) usage(pos syntax.Pos, what domain.Text) {
	b.fault(pos, b.stage.name, domain.E("e.cmd.usage", domain.Textf("%s：%s", "%s: %s", what, usageLine(b.stage.family, b.stage.cmd))))
}
