package shell

import (
	"errors"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// hole is what fills one hole of a word in each run: exactly one of a
// placeholder, a substitution, or a value that the stage around this script holds.
type hole struct {
	ph       *placeholder
	sub      *Script
	captured int // when both are nil
	escape   func(string) string
}

// captured is a piece of a script inside a stage (see Prep): a hole that was
// filled when that stage was bound.
type captured struct {
	pos   syntax.Pos
	index int  // among that stage's holes
	safe  bool // its format escapes it
}

// Position implements syntax.Piece.
func (c *captured) Position() syntax.Pos { return c.pos }

// word compiles a word for its type and notes its faults.
func (c *compiler) word(s *stage, in *syntax.Word, t Type, check func(*relaxed.Node) error) *word {
	w := &word{pos: in.Pos, typ: t, hole0: len(s.holes), check: check, src: c.o.source()}
	for _, p := range in.Pieces {
		l, ok := p.(*syntax.Lit)
		if !ok {
			c.hole(s, p)
			w.pieces, w.holes = append(w.pieces, piece{hole: true}), w.holes+1
			continue
		}
		if n := len(w.pieces); n == 0 || w.pieces[n-1].hole {
			w.pieces = append(w.pieces, piece{})
		}
		last := &w.pieces[len(w.pieces)-1]
		last.lits = append(last.lits, l)
	}
	if len(w.pieces) == 0 {
		w.pieces = []piece{{}}
	}
	for i := range w.pieces {
		w.pieces[i].text = textOf(w.pieces[i].lits)
	}
	if w.literal() {
		w.text = w.pieces[0].text
	}
	if w.err = w.parse(); w.err != nil {
		if quotedSubst(in) {
			c.fault(w.pos, s.name, moreDetail(w.err, notInQuotes))
		} else {
			c.fault(w.pos, s.name, w.err)
		}
	}
	return w
}

// textOf joins the texts of literals.
func textOf(lits []*syntax.Lit) string {
	if len(lits) == 1 {
		return lits[0].Text
	}
	var b strings.Builder
	for _, l := range lits {
		b.WriteString(l.Text)
	}
	return b.String()
}

// notInQuotes helps who knows other shells less well than this one.
var notInQuotes = domain.Text{ZH: "；单引号里的 $(…) 只是文字，双引号里才会执行", EN: "; in single quotes $(…) is text, in double quotes it runs"}

// quotedSubst reports whether something like a substitution is text of the word.
func quotedSubst(w *syntax.Word) bool {
	return slices.ContainsFunc(w.Pieces, func(p syntax.Piece) bool {
		l, ok := p.(*syntax.Lit)
		return ok && l.Quote == syntax.Single && strings.Contains(l.Text, "$(")
	})
}

// moreDetail is err with more behind its detail.
func moreDetail(err error, more domain.Text) error {
	if at, ok := errors.AsType[*faultAt](err); ok {
		return &faultAt{at.pos, moreDetail(at.err, more)}
	}
	e := *domain.AsError(err)
	e.Detail, e.DetailZH = e.Detail+more.EN, e.DetailIn(domain.ZH)+more.ZH
	return &e
}

// hole compiles what fills the stage's next hole.
func (c *compiler) hole(s *stage, p syntax.Piece) {
	h := hole{}
	switch p := p.(type) {
	case *syntax.Placeholder:
		ph, err := compilePlaceholder(p)
		if err != nil {
			c.fault(p.Pos, s.name, err)
		}
		h.ph, c.placeholders = ph, append(c.placeholders, p)
		if p.Format != nil && p.Format.Type == htmlType {
			s.holes = append(s.holes, h)
			return
		}
	case *syntax.Subst:
		h.sub = c.substitution(p)
	case *captured:
		h.captured = p.index
		if p.safe {
			s.holes = append(s.holes, h)
			return
		}
	}
	h.escape = c.escape
	s.holes = append(s.holes, h)
}

// substitution compiles a pipeline inside a word.
func (c *compiler) substitution(p *syntax.Subst) *Script {
	in := &compiler{Script: &Script{reg: c.reg, o: c.o, owner: c.owner}, inner: c.inner}
	for _, pl := range p.Program.Pipelines {
		in.lines = append(in.lines, in.pipeline(pl))
	}
	c.faults = append(c.faults, in.faults...)
	c.adopt(in)
	return in.Script
}
