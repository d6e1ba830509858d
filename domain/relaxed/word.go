package relaxed

import (
	"strings"
	"unicode/utf8"
)

// The bytes that end a bare word or key, and those it may not hold.
const (
	wordEnd   = ",}]"
	wordNever = "{[\"'\\"
	keyEnd    = ":,}{[]\"'"
)

// word reads an unquoted value: literal text with its holes. A "/" is plain
// text in it, so that URLs need no quotes, except where "//" or "/*" follows a
// complete number, true, false or null.
func (l *lexer) word() ([]Chunk, error) {
	var cs []Chunk
	start := l.pos
	for {
		more, err := l.wordRun(start, cs == nil)
		if err != nil {
			return nil, err
		}
		if l.pos > start {
			cs = append(cs, Chunk{Text: l.src[start:l.pos], Hole: -1})
		}
		if !more && cs == nil {
			return nil, l.noValue()
		}
		if !more {
			return cs, nil
		}
		cs = append(cs, Chunk{Hole: l.takeHole()})
		start = l.pos
	}
}

// isWide tells the characters of Chinese typing that look like syntax and would
// silently be text: {nm：“x”，age：3}.
func isWide(r rune) bool { return r == '，' || r == '：' || r == '“' || r == '”' }

func (l *lexer) wide(r rune) error {
	return fault(l.pos, "引号外有全角的 %c：请用半角，或给文本加引号", "a wide %c outside quotes: use the one of ASCII, or put the text in quotes", r)
}

// plainWord is word in a source without holes.
func (l *lexer) plainWord() (string, error) {
	start := l.pos
	if _, err := l.wordRun(start, true); err != nil {
		return "", err
	}
	if l.pos == start {
		return "", l.noValue()
	}
	return l.src[start:l.pos], nil
}

func (l *lexer) noValue() error {
	return fault(l.pos, "%s前缺少值", "a value is missing before %s", l.found())
}

// wordRun advances over literal text of a word; more says that a hole follows
// within the word.
func (l *lexer) wordRun(start int, first bool) (more bool, err error) {
	literal := first // what stands before may still be a number, true, false or null
	for l.pos < l.lim {
		c := l.src[l.pos]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(l.rest())
			if isBlank(r) {
				return false, nil
			}
			if isWide(r) {
				return false, l.wide(r)
			}
			l.pos += n
			continue
		case c == ':' && l.pos == start && first:
			return false, nil
		case isBlank(rune(c)), strings.IndexByte(wordEnd, c) >= 0:
			return false, nil
		case strings.IndexByte(wordNever, c) >= 0:
			return false, fault(l.pos, "没有引号的词里有%s：请给整个值加引号", "%s inside an unquoted word: put the whole value in quotes", l.found())
		case c == '/' && literal:
			if startsComment(l.rest()) && isLiteral(l.src[start:l.pos]) {
				return false, nil
			}
			literal = false
		}
		l.pos++
	}
	return l.atHole(), nil
}

// key reads a member's key, quoted or bare.
func (l *lexer) key() (string, error) {
	if q := l.peek(); q == '"' || q == '\'' {
		l.pos++
		s, closed, err := l.run(q, l.pos-1)
		if err == nil && !closed {
			err = l.holeInKey()
		}
		return s, err
	}
	start := l.pos
	for l.pos < l.lim && !l.endsKey() {
		r, n := utf8.DecodeRuneInString(l.rest())
		if isWide(r) {
			return "", l.wide(r)
		}
		l.pos += n
	}
	if l.atHole() {
		return "", l.holeInKey()
	}
	if l.pos == start {
		return "", fault(l.pos, "%s前缺少键", "a key is missing before %s", l.found())
	}
	return l.bareKey(start)
}

func (l *lexer) endsKey() bool {
	s := l.rest()
	return strings.IndexByte(keyEnd, s[0]) >= 0 || blankLen(s) > 0 || startsComment(s)
}

func (l *lexer) holeInKey() error {
	return fault(l.pos, "键里有占位符：只有值可以有占位符", "a placeholder in a key: only values may have placeholders")
}

// bareKey resolves the \uXXXX that JSON5 allows in an identifier.
func (l *lexer) bareKey(start int) (string, error) {
	s := l.src[start:l.pos]
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	k := &lexer{src: s, lim: len(s)}
	for k.pos < k.lim {
		if c := k.src[k.pos]; c != '\\' {
			k.buf = append(k.buf, c)
			k.pos++
			continue
		}
		if !strings.HasPrefix(k.rest(), `\u`) {
			return "", fault(start+k.pos, `没有引号的键里有 "\"：请给键加引号`, `a "\" in an unquoted key: put the key in quotes`)
		}
		at := k.pos
		if err := k.escape(); err != nil {
			return "", placed(err, start+at)
		}
	}
	return string(k.buf), nil
}
