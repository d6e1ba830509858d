package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// visible writes text for a terminal: what would steer one, as the name of a tenant's
// file may, or turns its direction, is shown as the escape that it is. New lines and tabs stay, and what the
// progress bar writes: a carriage return at the beginning, clearing the line at the end.
type visible struct {
	w    io.Writer
	last [2]byte // that were written, the newer one first
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
		case c < ' ' && c != '\n' && c != '\t', c == 0x7f, v.steers(c):
			out = fmt.Appendf(out, `\x%02x`, c)
		default:
			out = append(out, c)
		}
		v.last = [2]byte{c, v.last[0]}
	}
	if cleared {
		out = append(out, clearLine...)
	}
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// steers reports whether a byte ends a character that steers a terminal: a control
// character from U+0080 on, or one that changes the direction of what follows.
func (v *visible) steers(c byte) bool {
	switch v.last {
	case [2]byte{0x80, 0xe2}:
		return c == 0x8e || c == 0x8f || c >= 0xaa && c <= 0xae // U+200E, U+200F, U+202A to U+202E
	case [2]byte{0x81, 0xe2}:
		return c >= 0xa6 && c <= 0xa9 // U+2066 to U+2069
	}
	return v.last[0] == 0xc2 && c >= 0x80 && c < 0xa0 || v.last[0] == 0xd8 && c == 0x9c // U+061C
}

// visibleOn is a writer as it is, unless it is a terminal.
func visibleOn(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &visible{w: w}
	}
	return w
}
