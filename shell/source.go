package shell

import (
	"strings"
	"unicode/utf8"

	"github.com/caryahq/carya/shell/syntax"
)

// source is the text of a script, to find the exact place of a character of a
// word in it: escapes and `$$` take more room there than in the word.
type source struct {
	text string
	at   int // the offset of its first byte
}

// place is where the n-th byte of a literal's text stands. Without the source
// it counts as if the text had no escapes.
func (s source) place(l *syntax.Lit, n int) syntax.Pos {
	pos, text := l.Pos, l.Text[:n]
	for text != "" {
		size, used := s.char(l, pos, text)
		if size == 0 {
			return after(l.Pos, l.Text[:n])
		}
		pos = after(pos, s.rest(pos)[:size])
		text = text[used:]
	}
	return pos
}

func (s source) rest(pos syntax.Pos) string {
	if i := pos.Offset - s.at; i >= 0 && i < len(s.text) {
		return s.text[i:]
	}
	return ""
}

// char is how many bytes of the source and of the text the next character
// takes; size 0 when the two do not belong together.
func (s source) char(l *syntax.Lit, pos syntax.Pos, text string) (size, used int) {
	src := s.rest(pos)
	_, n := utf8.DecodeRuneInString(text)
	switch {
	case strings.HasPrefix(src, "$$") && text[0] == '$':
		return 2, 1
	case l.Quote != syntax.Single && strings.HasPrefix(src, "\\\n"):
		return 2, 0
	case l.Quote != syntax.Single && strings.HasPrefix(src, "\\\r\n"):
		return 3, 0
	case l.Quote != syntax.Single && len(src) > n && src[0] == '\\' && src[1:1+n] == text[:n]:
		if l.Quote == syntax.Bare || strings.ContainsRune("\"\\$`", rune(text[0])) {
			return 1 + n, n
		}
	}
	if strings.HasPrefix(src, text[:n]) {
		return n, n
	}
	return 0, 0
}

// after is the place behind a text that begins at pos.
func after(pos syntax.Pos, text string) syntax.Pos {
	pos.Offset += len(text)
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		pos.Line += strings.Count(text, "\n")
		pos.Col = 1
		text = text[i+1:]
	}
	pos.Col += utf8.RuneCountInString(text)
	return pos
}
