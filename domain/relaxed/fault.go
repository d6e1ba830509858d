package relaxed

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func fault(offset int, format string, args ...any) *Error {
	return &Error{Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

// LineCol turns a byte offset of src into a line and a column, both from 1.
// The column counts characters. An offset outside src is moved to its end.
func LineCol(src string, offset int) (line, col int) {
	before := src[:max(0, min(offset, len(src)))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// found names what the lexer stands before, for a message.
func (l *lexer) found() string {
	switch {
	case l.atHole():
		return "a placeholder"
	case l.atEnd():
		return "the end"
	}
	r, _ := utf8.DecodeRuneInString(l.rest())
	if r == '"' {
		return `a '"'`
	}
	return fmt.Sprintf("%q", string(r))
}

// short quotes a key or word for a message and cuts it when it is long.
func short(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
