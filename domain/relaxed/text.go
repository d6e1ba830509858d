package relaxed

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// chunks reads the rest of a string whose opening quote q has been taken.
func (l *lexer) chunks(q byte) ([]Chunk, error) {
	var cs []Chunk
	open := l.pos - 1
	for {
		s, closed, err := l.run(q, open)
		if err != nil {
			return nil, err
		}
		if s != "" || closed && cs == nil {
			cs = append(cs, Chunk{Text: s, Hole: -1})
		}
		if closed {
			return cs, nil
		}
		cs = append(cs, Chunk{Hole: l.takeHole()})
	}
}

// run decodes string text up to the closing quote q, which it takes, or up to
// a hole.
func (l *lexer) run(q byte, open int) (s string, closed bool, err error) {
	start := l.pos
	for ; l.pos < l.lim; l.pos++ {
		switch c := l.src[l.pos]; c {
		case q:
			l.pos++
			return l.src[start : l.pos-1], true, nil
		case '\\':
			return l.runEscaped(q, open, start)
		case '\n', '\r':
			return "", false, fault(l.pos, `字符串中有换行：请结束引号，或写 \n`, `a line break inside a string: close the quote, or write \n`)
		}
	}
	if !l.atHole() {
		return "", false, fault(open, "字符串缺少结尾的 %c", "the string has no closing %c", q)
	}
	return l.src[start:l.pos], false, nil
}

// runEscaped is run from the first backslash on.
func (l *lexer) runEscaped(q byte, open, start int) (s string, closed bool, err error) {
	l.buf = append(l.buf[:0], l.src[start:l.pos]...)
	for l.pos < l.lim {
		switch c := l.src[l.pos]; c {
		case q:
			l.pos++
			return string(l.buf), true, nil
		case '\\':
			if err := l.escape(); err != nil {
				return "", false, err
			}
		case '\n', '\r':
			return "", false, fault(l.pos, `字符串中有换行：请结束引号，或写 \n`, `a line break inside a string: close the quote, or write \n`)
		default:
			l.buf = append(l.buf, c)
			l.pos++
		}
	}
	if !l.atHole() {
		return "", false, fault(open, "字符串缺少结尾的 %c", "the string has no closing %c", q)
	}
	return string(l.buf), false, nil
}

// escape decodes the escape at l.pos (JSON5, section 5.1) onto l.buf.
func (l *lexer) escape() error {
	at := l.pos
	l.pos++
	if l.pos == l.lim {
		if l.atHole() {
			return fault(at, `占位符前紧接着 "\"：反斜杠请写 "\\"`, `a "\" directly before a placeholder: write "\\" for a backslash`)
		}
		return fault(at, `末尾有 "\"`, `a "\" at the end`)
	}
	c := l.src[l.pos]
	l.pos++
	switch c {
	case 'u':
		r, err := l.unicode(at)
		l.buf = utf8.AppendRune(l.buf, r)
		return err
	case 'x':
		r, ok := l.hex(2)
		if !ok {
			return fault(at, `"\x" 需要两位十六进制数字`, `"\x" needs two hexadecimal digits`)
		}
		l.buf = utf8.AppendRune(l.buf, r)
	case '\r':
		l.accept('\n')
	case '\n':
	case '0':
		if d := l.peek(); d >= '0' && d <= '9' {
			return fault(at, `数字前有 "\0"：请写 "\x00"`, `a "\0" before a digit: write "\x00"`)
		}
		l.buf = append(l.buf, 0)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return fault(at, `没有转义 "\%c"`, `there is no escape "\%c"`, c)
	default:
		l.plainEscape(c)
	}
	return nil
}

// plainEscape is a one-letter escape, an escaped U+2028 or U+2029 (joins
// lines), or a character that stands for itself.
func (l *lexer) plainEscape(c byte) {
	const from, to = "bfnrtv", "\b\f\n\r\t\v"
	if i := strings.IndexByte(from, c); i >= 0 {
		l.buf = append(l.buf, to[i])
		return
	}
	if s := l.src[l.pos-1 : l.lim]; strings.HasPrefix(s, "\u2028") || strings.HasPrefix(s, "\u2029") {
		l.pos += 2
		return
	}
	l.buf = append(l.buf, c)
}

// unicode reads the digits of \u, and the second half of a surrogate pair. A
// half without its other half is U+FFFD, as in encoding/json.
func (l *lexer) unicode(at int) (rune, error) {
	r, ok := l.hex(4)
	if !ok {
		return 0, fault(at, `"\u" 需要四位十六进制数字`, `"\u" needs four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	back := l.pos
	if strings.HasPrefix(l.rest(), `\u`) {
		l.pos += 2
		if low, ok := l.hex(4); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return both, nil
			}
		}
	}
	l.pos = back
	return utf8.RuneError, nil
}

// hex takes n hexadecimal digits.
func (l *lexer) hex(n int) (rune, bool) {
	if l.lim-l.pos < n {
		return 0, false
	}
	var r rune
	for _, c := range []byte(l.src[l.pos : l.pos+n]) {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	l.pos += n
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// BadByte is the offset of the first byte of s that is not UTF-8, -1 when there is
// none.
func BadByte(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return -1
}

func notUTF8(offset int) error {
	return fault(offset, "文本不是 UTF-8", "the text is not UTF-8")
}

// repair makes s valid UTF-8: each wrong byte becomes U+FFFD.
func repair(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
