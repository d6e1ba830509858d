package syntax

import "strings"

// Literal is the word's text when the script alone decides it: when all pieces
// are literal. ok is false for a word with a placeholder or a substitution.
func (w *Word) Literal() (text string, ok bool) {
	if len(w.Pieces) == 1 {
		l, ok := w.Pieces[0].(*Lit)
		if !ok {
			return "", false
		}
		return l.Text, true
	}
	var b strings.Builder
	for _, p := range w.Pieces {
		l, ok := p.(*Lit)
		if !ok {
			return "", false
		}
		b.WriteString(l.Text)
	}
	return b.String(), true
}
