package relaxed

import (
	"strings"
	"unicode/utf8"
)

// lexer reads the literal text of a document. It never looks past lim, where
// the next hole (or the end) is, so no token can reach across a hole unless it
// asks for the hole with takeHole.
type lexer struct {
	src   string
	pos   int
	lim   int
	holes []holeAt // those still ahead
	depth int
	buf   []byte // scratch for decoded strings
}

// holeAt is a hole in front of the byte at off.
type holeAt struct{ off, num int }

func newLexer(ps []Piece) *lexer {
	l := &lexer{}
	if len(ps) == 1 && ps[0].Hole < 0 {
		l.src = ps[0].Text
	} else {
		l.join(ps)
	}
	l.setLim()
	if l.lim >= 3 && strings.HasPrefix(l.src, "\ufeff") {
		l.pos = 3
	}
	return l
}

func (l *lexer) join(ps []Piece) {
	var b strings.Builder
	for _, p := range ps {
		if p.Hole >= 0 {
			l.holes = append(l.holes, holeAt{b.Len(), p.Hole})
			continue
		}
		b.WriteString(p.Text)
	}
	l.src = b.String()
}

func (l *lexer) setLim() {
	l.lim = len(l.src)
	if len(l.holes) > 0 {
		l.lim = l.holes[0].off
	}
}

func (l *lexer) atHole() bool { return l.pos == l.lim && len(l.holes) > 0 }
func (l *lexer) atEnd() bool  { return l.pos == l.lim && len(l.holes) == 0 }

func (l *lexer) takeHole() int {
	n := l.holes[0].num
	l.holes = l.holes[1:]
	l.setLim()
	return n
}

// peek is the next byte of literal text, 0 before a hole and at the end.
func (l *lexer) peek() byte {
	if l.pos < l.lim {
		return l.src[l.pos]
	}
	return 0
}

// accept takes the byte c if it comes next.
func (l *lexer) accept(c byte) bool {
	if l.peek() != c || l.pos == l.lim {
		return false
	}
	l.pos++
	return true
}

// rest is the literal text up to the next hole.
func (l *lexer) rest() string { return l.src[l.pos:l.lim] }

// skipBlank passes over blanks and comments. A hole inside a comment is
// never filled.
func (l *lexer) skipBlank() error {
	for l.pos < l.lim {
		if n := blankLen(l.rest()); n > 0 {
			l.pos += n
			continue
		}
		if !startsComment(l.rest()) {
			return nil
		}
		if err := l.comment(); err != nil {
			return err
		}
	}
	return nil
}

func startsComment(s string) bool {
	return len(s) > 1 && s[0] == '/' && (s[1] == '/' || s[1] == '*')
}

func (l *lexer) comment() error {
	start, end := l.pos, "*/"
	if l.src[l.pos+1] == '/' {
		end = "\n"
	}
	l.pos += 2
	for {
		if i := strings.Index(l.rest(), end); i >= 0 {
			l.pos += i + len(end)
			return nil
		}
		l.pos = l.lim
		switch {
		case l.atHole():
			l.takeHole()
		case end == "\n":
			return nil
		default:
			return fault(start, `注释没有结束：缺少 "*/"`, `the comment has no end: "*/" is missing`)
		}
	}
}

// blankLen is the length of the white space character that s begins with, 0
// for any other.
func blankLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if isBlank(r) {
		return n
	}
	return 0
}

// isBlank reports whether r is white space: JSON5, section 8 (Unicode's Zs
// among others).
func isBlank(r rune) bool {
	switch {
	case r <= ' ':
		return r == ' ' || r >= '\t' && r <= '\r'
	case r < '\u1680':
		return r == '\u00a0'
	case r < '\u2000', r > '\u3000':
		return r == '\u1680' || r == '\ufeff'
	}
	return r <= '\u200a' || r == '\u2028' || r == '\u2029' || r == '\u202f' || r == '\u205f' || r == '\u3000'
}
