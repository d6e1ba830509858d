package shell

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// A command with Prepare holds scripts inside its words. A value that belongs
// to the script around it is a hole of its stage, filled when the stage is
// bound; in the script inside, the same hole is a captured piece, which
// reads that value. So outer and inner data both fill holes, each in its own run,
// and neither is ever text that somebody parses.

// prepare lets the command compile its words itself.
func (c *compiler) prepare(s *stage, words []*syntax.Word) *stage {
	p := &Prep{Words: words, Pos: s.pos, Endpoint: c.o.Endpoint}
	p.CompileTemplate = func(ws []*syntax.Word) (*Script, error) { return c.template(s, ws, nil) }
	p.CompileEscaped = func(ws []*syntax.Word, escape func(string) string) (*Script, error) { return c.template(s, ws, escape) }
	p.CompileBlock = func(w *syntax.Word) (*Script, error) { return c.block(s, w) }
	p.Declare = func(name string) { c.declared = append(c.declared, name) }
	p.Arg = func(w *syntax.Word, t Type) int {
		s.args = append(s.args, c.word(s, w, t, nil))
		return len(s.args) - 1
	}
	run, err := s.cmd.Prepare(p)
	if err != nil {
		if len(Faults(err)) > 0 {
			c.nested(err)
		} else {
			c.fault(s.pos, s.name, err)
		}
		return nil
	}
	s.run = run
	return s
}

// template compiles words as one command inside a stage. Their placeholders and
// substitutions are captured, and their literal text is read once more. escape, when
// there is one, changes what fills them.
func (c *compiler) template(s *stage, words []*syntax.Word, escape func(string) string) (*Script, error) {
	if len(words) == 0 {
		return nil, &Error{File: c.o.File, Pos: s.pos, Command: s.name, Err: domain.E("e.cmd.usage", domain.Text{ZH: "缺少命令", EN: "a command is missing"})}
	}
	if err := c.spend(s, len(words)); err != nil {
		return nil, err
	}
	out := make([]*syntax.Word, len(words))
	for i, w := range words {
		ps, err := c.templatePieces(s, w.Pieces)
		if err != nil {
			return nil, syntaxFault(c.o, err)
		}
		out[i] = &syntax.Word{Pos: w.Pos, Pieces: ps}
	}
	in := &compiler{Script: &Script{reg: c.reg, o: c.o, owner: s}, inner: c.inner}
	in.escape = escape
	if st := in.stage(out, out[0].Pos); st != nil {
		in.lines = []*pipeline{{stages: []*stage{st}}}
	}
	c.adopt(in)
	return in.done()
}

// adopt notes what a script inside this one does.
func (c *compiler) adopt(in *compiler) {
	c.writes, c.calls = c.writes || in.writes, c.calls || in.calls
	c.writers = append(c.writers, in.writers...)
	c.acts = append(c.acts, in.acts...)
	c.declared = append(c.declared, in.declared...)
	c.called = append(c.called, in.called...)
	c.placeholders = append(c.placeholders, in.placeholders...)
}

func (c *compiler) templatePieces(s *stage, ps []syntax.Piece) (out []syntax.Piece, err error) {
	for len(ps) > 0 {
		text, n := leadingText(ps)
		if n == 0 {
			out, ps = append(out, c.capture(s, ps[0])), ps[1:]
			continue
		}
		again, err := syntax.ParseTemplate(text, ps[0].Position())
		if err != nil {
			return nil, err
		}
		if len(again) == 0 {
			again = ps[:1] // an empty text is still a word
		}
		out, ps = append(out, again...), ps[n:]
	}
	return out, nil
}

// leadingText joins the literals at the start of ps and counts them.
func leadingText(ps []syntax.Piece) (text string, n int) {
	var lits []*syntax.Lit
	for _, p := range ps {
		l, ok := p.(*syntax.Lit)
		if !ok {
			break
		}
		lits = append(lits, l)
	}
	return textOf(lits), len(lits)
}

// capture makes a hole of the stage for an outer value.
func (c *compiler) capture(s *stage, p syntax.Piece) *captured {
	c.hole(s, p)
	ph, ok := p.(*syntax.Placeholder)
	return &captured{pos: p.Position(), index: len(s.holes) - 1, safe: ok && ph.Format != nil && ph.Format.Type == htmlType}
}
