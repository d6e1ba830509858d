package relaxed

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// fault is an error in both languages.
func fault(offset int, zh, en string, args ...any) *Error {
	return &Error{Offset: offset, Msg: fmt.Sprintf(en, pick(args, 1)...), ZH: fmt.Sprintf(zh, pick(args, 0)...)}
}

// placed is an error at another offset.
func placed(err error, offset int) error {
	if e, ok := err.(*Error); ok {
		moved := *e
		moved.Offset = offset
		return &moved
	}
	return err
}

// said is a part of a message, in Chinese and English.
type said [2]string

// pick takes the language of the parts that have two.
func pick(args []any, lang int) []any {
	out := slices.Clone(args)
	for i, a := range out {
		if s, ok := a.(said); ok {
			out[i] = s[lang]
		}
	}
	return out
}

// LineCol turns a byte offset of src into a line and a column, both from 1.
// The column counts characters. An offset outside src is moved to its end.
func LineCol(src string, offset int) (line, col int) {
	before := src[:max(0, min(offset, len(src)))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// found names what the lexer stands before, for a message. The Chinese is said
// without a blank around it.
func (l *lexer) found() said {
	switch {
	case l.atHole():
		return said{"占位符", "a placeholder"}
	case l.atEnd():
		return said{"末尾", "the end"}
	}
	r, _ := utf8.DecodeRuneInString(l.rest())
	if r == '"' {
		return said{` '"' `, `a '"'`}
	}
	return said{fmt.Sprintf(" %q ", string(r)), fmt.Sprintf("%q", string(r))}
}

// short quotes a key or word for a message and cuts it when it is long.
func short(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
