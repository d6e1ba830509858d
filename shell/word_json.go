package shell

import (
	"errors"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// parseNode reads a JSON or Match word with its placeholders as holes. A Match
// word is JSON when its literal text begins with { or [, and text otherwise.
func (w *word) parseNode() error {
	if w.whole() || w.typ == Match && !looksJSON(w.pieces[0].text) {
		return nil
	}
	n, err := relaxed.ParsePieces(w.relaxedPieces())
	if err != nil {
		return w.faultIn(err, "e.json")
	}
	w.node = n
	if w.check == nil {
		return nil
	}
	code := "e.cmd.arg"
	if w.typ == Match {
		code = "e.thing.match"
	}
	return w.faultIn(w.check(n), code)
}

// looksJSON reports whether a text's first character that is no blank opens an
// object or a list.
func looksJSON(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && (s[0] == '{' || s[0] == '[')
}

func (w *word) relaxedPieces() []relaxed.Piece {
	out, hole := make([]relaxed.Piece, len(w.pieces)), 0
	for i, p := range w.pieces {
		out[i] = relaxed.Piece{Text: p.text, Hole: -1}
		if p.hole {
			out[i].Hole = hole
			hole++
		}
	}
	return out
}

// faultIn gives a fault inside a document its place in the script.
func (w *word) faultIn(err error, code string) error {
	e, ok := errors.AsType[*relaxed.Error](err)
	if !ok {
		return err
	}
	return &faultAt{pos: w.posOf(e.Offset), err: domain.E(code, domain.Text{ZH: e.ZH, EN: e.Msg})}
}

// posOf is the place in the script of a byte of the word's literal text.
func (w *word) posOf(offset int) syntax.Pos {
	pos := w.pos
	for _, p := range w.pieces {
		for _, l := range p.lits {
			pos = w.src.place(l, min(offset, len(l.Text)))
			if offset < len(l.Text) {
				return pos
			}
			offset -= len(l.Text)
		}
	}
	return pos
}

// bindNode fills the holes: a hole becomes the text of its string or one
// scalar. A whole placeholder is parsed as the caller sent it. Nil without error
// is a Match word that is text.
func (w *word) bindNode(vals []Value) (*relaxed.Node, error) {
	switch {
	case w.whole():
		return parseSent(w.join(vals), w.typ)
	case w.node == nil || !w.node.HasHoles():
		return w.node, nil
	}
	if err := w.checkText(vals); err != nil {
		return nil, err
	}
	return w.node.Bind(w.fill(vals)), nil
}

// bindJSON is bindNode as strict JSON, nil for text.
func (w *word) bindJSON(vals []Value) ([]byte, error) {
	if !w.whole() {
		if w.node == nil {
			return nil, nil
		}
		if err := w.checkText(vals); err != nil {
			return nil, err
		}
		return w.node.AppendFilled(nil, w.fill(vals)), nil
	}
	n, err := parseSent(w.join(vals), w.typ)
	if n == nil || err != nil {
		return nil, err
	}
	return n.AppendJSON(nil), nil
}

// checkText refuses data that is not UTF-8: nothing is replaced on its way into a
// document.
func (w *word) checkText(vals []Value) error {
	for i := range w.holes {
		if at := relaxed.BadByte(vals[w.hole0+i].text()); at >= 0 {
			return domain.E("e.json", domain.Textf("占位符的值在第 %d 字节处不是 UTF-8", "the value of a placeholder is not UTF-8 at byte %d", at))
		}
	}
	return nil
}

func (w *word) fill(vals []Value) func(int) relaxed.Value {
	return func(hole int) relaxed.Value { return vals[w.hole0+hole].scalar() }
}

// parseSent reads a document as the caller sent it.
func parseSent(text string, t Type) (*relaxed.Node, error) {
	if t == Match && !looksJSON(text) {
		return nil, nil
	}
	n, err := relaxed.Parse(text)
	if e, ok := errors.AsType[*relaxed.Error](err); ok {
		return nil, domain.E("e.json", domain.Textf("%s，第 %d 字节处", "%s at byte %d", domain.Text{ZH: e.ZH, EN: e.Msg}, e.Offset))
	}
	return n, err
}
