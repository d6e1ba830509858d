package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// visible writes text for a terminal: what would steer one, as the name of a tenant's
// file may, is shown as the escape that it is. New lines and tabs stay, and what the
// progress bar writes: a carriage return at the beginning, clearing the line at the end.
type visible struct {
	w    io.Writer
	last byte // that was written
}

const clearLine = "\x1b[K"

// Write implements io.Writer.
func (v *visible) Write(p []byte) (int, error) {
	text, cleared := bytes.CutSuffix(p, []byte(clearLine))
	out := make([]byte, 0, len(p))
	for i, c := range text {
		switch {
		case c == '\r' && (i == 0 || i+1 < len(text) && text[i+1] == '\n'):
			out = append(out, c)
		case c < ' ' && c != '\n' && c != '\t', c == 0x7f, v.last == 0xc2 && c < 0xa0 && c >= 0x80:
			out = fmt.Appendf(out, `\x%02x`, c)
		default:
			out = append(out, c)
		}
		v.last = c
	}
	if cleared {
		out = append(out, clearLine...)
	}
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// visibleOn is a writer as it is, unless it is a terminal.
func visibleOn(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &visible{w: w}
	}
	return w
}
