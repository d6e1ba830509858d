package relaxed

import "strings"

// What the tree parser (parse.go) and the direct translation (tojson.go) have
// in common: brackets, separators, keys, the ends of a document.

// begin skips to the document's value; bare says that it is an object without
// braces.
func (l *lexer) begin() (bare bool, err error) {
	if bad := BadByte(l.src); bad >= 0 {
		return false, notUTF8(bad)
	}
	if err := l.skipBlank(); err != nil {
		return false, err
	}
	if l.atEnd() {
		return false, fault(l.pos, "没有值：内容是空的", "there is no value: the text is empty")
	}
	return l.beginsMember(), nil
}

// beginsMember reports whether a key and a colon come next. A word that begins
// like a number (12:30) or like a URL (http://…) is a value.
func (l *lexer) beginsMember() bool {
	c := l.peek()
	if c == '{' || c == '[' || c >= '+' && c <= '9' {
		return false
	}
	try := *l
	try.buf = nil
	if !try.passKey() || strings.HasPrefix(try.rest(), "://") {
		return false
	}
	return try.skipBlank() == nil && try.peek() == ':'
}

// passKey passes over a key with whatever holes it has.
func (l *lexer) passKey() bool {
	if q := l.peek(); q == '"' || q == '\'' {
		l.pos++
		return l.passString(q)
	}
	start, holes := l.pos, len(l.holes)
	for {
		for l.pos < l.lim && !l.endsKey() {
			l.pos++
		}
		if !l.atHole() {
			return l.pos > start || len(l.holes) < holes
		}
		l.takeHole()
	}
}

func (l *lexer) passString(q byte) bool {
	for {
		_, closed, err := l.run(q, l.pos)
		if closed || err != nil {
			return closed
		}
		l.takeHole()
	}
}

// finish checks that nothing follows the document.
func (l *lexer) finish() error {
	if err := l.skipBlank(); err != nil {
		return err
	}
	if l.atEnd() {
		return nil
	}
	return fault(l.pos, "值结束后多出%s%s", "unexpected %s after the end of the value%s", l.found(), l.quoteHint())
}

func (l *lexer) enter() error {
	if l.depth++; l.depth > maxDepth {
		return fault(l.pos, "数组与对象的嵌套超过 %d 层", "arrays and objects are nested deeper than %d", maxDepth)
	}
	return nil
}

func (l *lexer) leave() { l.depth-- }

// next skips to the next member or item; done says that end came instead (0:
// the end of the source).
func (l *lexer) next(end byte) (done bool, err error) {
	if err := l.skipBlank(); err != nil {
		return false, err
	}
	switch {
	case end == 0:
		return l.atEnd(), nil
	case l.atEnd():
		return false, fault(l.pos, `末尾缺少 "%c"`, `"%c" is missing at the end`, end)
	}
	return l.accept(end), nil
}

// member reads a key and its colon and skips to the value.
func (l *lexer) member() (string, error) {
	k, err := l.key()
	if err != nil {
		return "", err
	}
	if err := l.skipBlank(); err != nil {
		return "", err
	}
	switch {
	case l.accept(':'):
		return k, l.skipBlank()
	case l.atHole():
		return "", l.holeInKey()
	}
	return "", fault(l.pos, `键 %s 后、%s前缺少 ":"（含 "," 或空格的文本要加引号）`, `":" is missing after the key %s, before %s (text that holds "," or blanks needs quotes)`, short(k), l.found())
}

// separator takes the comma after a value, or sees that end comes next.
func (l *lexer) separator(end byte) error {
	if err := l.skipBlank(); err != nil {
		return err
	}
	switch {
	case l.accept(','), end != 0 && l.peek() == end, end == 0 && l.atEnd():
		return nil
	case l.atEnd():
		return fault(l.pos, `末尾缺少 "%c"`, `"%c" is missing at the end`, end)
	case end == 0:
		return fault(l.pos, `%s前缺少 ","%s`, `"," is missing before %s%s`, l.found(), l.quoteHint())
	}
	return fault(l.pos, `%[2]s前缺少 "," 或 "%[1]c"%[3]s`, `"," or "%c" is missing before %s%s`, end, l.found(), l.quoteHint())
}

// quoteHint reminds of quotes where text seems to go on.
func (l *lexer) quoteHint() said {
	if strings.IndexByte(wordEnd, l.peek()) >= 0 && !l.atHole() {
		return said{}
	}
	return said{"（含空格的文本要加引号）", " (text that holds blanks needs quotes)"}
}
