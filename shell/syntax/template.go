package syntax

import "strings"

// lexTemplate is lex for ParseTemplate.
func lexTemplate(src string, at Pos) []item {
	l := newLexer(src, at)
	l.template = true
	for state := lexText; state != nil; {
		state = state(l)
	}
	return l.items
}

// lexText is the state outside placeholders in a template.
func lexText(l *lexer) stateFn {
	for l.pos < len(l.src) {
		n := strings.IndexByte(l.rest(), '$')
		if n < 0 {
			n = len(l.rest())
		}
		if n > 0 {
			l.add(n, l.src[l.pos:l.pos+n])
			continue
		}
		if next := l.dollar(Bare, lexText); next != nil {
			return next
		}
	}
	l.flush(Bare)
	l.emit(itemEOF, 0)
	return nil
}
