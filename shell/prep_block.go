package shell

import (
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// A block is a script in one word: `each 'obj id:$${id} | json -get nm'`. Its
// literal text is parsed at load. What the script around it fills in stands, while the
// text is parsed, as a placeholder that nobody can write, and becomes a captured
// piece in the tree: so the value is never text of the block.

// block compiles the text of a word as a script inside a stage.
func (c *compiler) block(s *stage, w *syntax.Word) (*Script, error) {
	if err := c.spend(s, 1); err != nil {
		return nil, err
	}
	b := blockReader{compiler: c, stage: s, outer: map[string]syntax.Piece{}}
	p, err := syntax.Parse(b.text(w), w.Pos)
	if err != nil {
		return nil, syntaxFault(c.o, err)
	}
	b.restore(p)
	if len(b.outer) > 0 {
		return nil, &Error{File: c.o.File, Pos: w.Pos, Command: s.name,
			Err: domain.E("e.cmd.syntax", domain.Text{ZH: "代码块外层脚本的占位符只能代表其中的一个词或词的一部分", EN: "a placeholder of the script around a block stands for a word of it or a part of one"})}
	}
	o := c.o
	o.Source = "" // places inside the block's text are no places of the file
	in := &compiler{Script: &Script{reg: c.reg, o: o, owner: s}, inner: c.inner}
	for _, pl := range p.Pipelines {
		in.lines = append(in.lines, in.pipeline(pl))
	}
	c.adopt(in)
	return in.done()
}

type blockReader struct {
	*compiler
	stage *stage
	outer map[string]syntax.Piece // by their marks
}

// text is the block's text with a mark for each outer value.
func (b *blockReader) text(w *syntax.Word) string {
	var out strings.Builder
	for _, p := range w.Pieces {
		if l, ok := p.(*syntax.Lit); ok {
			out.WriteString(l.Text)
			continue
		}
		key := mark + strconv.Itoa(len(b.outer))
		b.outer[key] = p
		out.WriteString("${'" + key + "'}")
	}
	return out.String()
}

// mark begins the key of an outer value; no one types it.
const mark = "\x01outer "

// restore puts captured pieces where the marks are.
func (b *blockReader) restore(p *syntax.Program) {
	syntax.Walk(p, func(node any) bool {
		w, ok := node.(*syntax.Word)
		if !ok {
			return true
		}
		for i, piece := range w.Pieces {
			ph, ok := piece.(*syntax.Placeholder)
			if !ok {
				continue
			}
			if outer, ok := b.outer[ph.Keys[0].Name]; ok {
				w.Pieces[i] = b.capture(b.stage, outer)
				delete(b.outer, ph.Keys[0].Name)
			}
		}
		return true
	})
}
