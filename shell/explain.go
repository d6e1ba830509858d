package shell

import (
	"errors"
	"strings"
	"unicode"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// Explain shows an error to a person: for each fault `code : detail`, then
// where, then the line of the source with a caret under the place. src is the
// text that was parsed, beginning at at (zero is its start). It ends with a newline.
func Explain(err error, src string, at syntax.Pos, lang domain.Lang) string {
	var b strings.Builder
	for _, f := range explained(err) {
		b.WriteString(ErrorLine(f.Err, lang) + "\n")
		if where := strings.TrimPrefix(f.Place()+" "+f.Command, " "); where != "" {
			b.WriteString("  at " + strings.TrimSuffix(where, " ") + "\n")
		}
		if f.Pos.Line > 0 {
			b.WriteString(caret(src, f.Pos.Offset-at.Offset))
		}
	}
	return b.String()
}

// explained are the faults in err, also when it is an error of syntax alone or
// of no script at all.
func explained(err error) []*Error {
	if fs := Faults(err); fs != nil || err == nil {
		return fs
	}
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		return Faults(syntaxFault(CompileOptions{}, e))
	}
	return []*Error{{Err: err}}
}

// caret is the line of src that holds a byte, and a caret below it; nothing
// when the byte is outside.
func caret(src string, offset int) string {
	if offset < 0 || offset > len(src) || src == "" {
		return ""
	}
	from := strings.LastIndexByte(src[:offset], '\n') + 1
	line, _, _ := strings.Cut(src[from:], "\n")
	var pad strings.Builder
	for _, r := range src[from:offset] {
		switch {
		case r == '\t':
			pad.WriteByte('\t')
		case isWide(r):
			pad.WriteString("  ")
		default:
			pad.WriteByte(' ')
		}
	}
	return "    " + strings.TrimRight(line, "\r") + "\n    " + pad.String() + "^\n"
}

// Columns is how many columns a text takes on a terminal: Chinese takes two a
// character.
func Columns(s string) (n int) {
	for _, r := range s {
		n++
		if isWide(r) {
			n++
		}
	}
	return n
}

// isWide tells the characters that take two columns of a terminal.
func isWide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff
}
