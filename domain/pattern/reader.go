package pattern

import (
	"context"
	"io"
	"unicode/utf8"
)

// reader reads texts for the regexp package until the context ends, which regexp takes for
// the text's end: err tells one from the other.
type reader struct {
	ctx  context.Context
	text string
	size int // of the expression
	work int // since the last look at the context
	err  error
}

// ReadRune implements io.RuneReader.
func (r *reader) ReadRune() (rune, int, error) {
	if r.work += r.size; r.work > unwatched {
		r.work = 0
		r.err = r.ctx.Err()
	}
	if r.err != nil {
		return 0, 0, r.err
	}
	if r.text == "" {
		return 0, 0, io.EOF
	}
	c, n := utf8.DecodeRuneInString(r.text)
	r.text = r.text[n:]
	return c, n, nil
}

// width is that of a text's first character, 1 of none.
func width(s string) int { _, n := utf8.DecodeRuneInString(s); return max(1, n) }

func lastWidth(s string) int { _, n := utf8.DecodeLastRuneInString(s); return n }
