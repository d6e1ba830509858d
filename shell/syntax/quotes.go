package syntax

import "strings"

// openQuote emits the empty literal that a quote begins with.
func (l *lexer) openQuote(q Quote, inside stateFn) stateFn {
	l.quote = l.here()
	l.items = append(l.items, item{typ: itemLit, quote: q, pos: l.quote})
	l.pos++
	l.inWord = true
	return inside
}

func (l *lexer) closeQuote(q Quote) stateFn {
	l.flush(q)
	l.pos++
	return lexCommand
}

// lexSingle is the state inside single quotes, where only placeholders and
// `$$` count.
func lexSingle(l *lexer) stateFn {
	for {
		n := strings.IndexAny(l.rest(), "'$")
		if n < 0 {
			return l.lack(l.quote, "单引号没有结束", "the single quote is not closed")
		}
		if n > 0 {
			l.add(n, l.src[l.pos:l.pos+n])
		}
		if l.peek() == '\'' {
			return l.closeQuote(Single)
		}
		if next := l.dollar(Single, lexSingle); next != nil {
			return next
		}
	}
}

// lexDouble is the state inside double quotes.
func lexDouble(l *lexer) stateFn {
	for {
		n := strings.IndexAny(l.rest(), "\"`$\\")
		if n < 0 {
			return l.lack(l.quote, "双引号没有结束", "the double quote is not closed")
		}
		if n > 0 {
			l.add(n, l.src[l.pos:l.pos+n])
		}
		switch l.peek() {
		case '"':
			return l.closeQuote(Double)
		case '`':
			l.flush(Double)
			return l.openSubst(1, Double)
		case '\\':
			l.escapeInDouble()
		default:
			if next := l.dollar(Double, lexDouble); next != nil {
				return next
			}
		}
	}
}

// escapeInDouble reads a backslash in double quotes: it vanishes before " \ $
// ` and a line end, and stays before anything else, as in POSIX.
func (l *lexer) escapeInDouble() {
	s := l.rest()[1:]
	if n := lineEnd(s); n > 0 {
		l.pos += 1 + n
		return
	}
	if s != "" && strings.IndexByte("\"\\$`", s[0]) >= 0 {
		l.add(2, s[:1])
		return
	}
	l.add(1, `\`)
}

// dollar reads what begins with "$". It gives nil when that was literal text,
// otherwise the next state, which is back after a placeholder.
func (l *lexer) dollar(q Quote, back stateFn) stateFn {
	s := l.rest()
	switch {
	case strings.HasPrefix(s, "$$"):
		l.add(2, "$")
	case strings.HasPrefix(s, "${"):
		l.flush(q)
		return l.hole(q, back)
	case strings.HasPrefix(s, "$(") && q != Single && !l.template:
		l.flush(q)
		return l.openSubst(2, q)
	default:
		l.add(1, "$")
	}
	return nil
}

func (l *lexer) hole(q Quote, back stateFn) stateFn {
	pos := l.here()
	ph, err := l.placeholder()
	if err != nil {
		return l.stop(err)
	}
	ph.Pos, ph.Quote = pos, q
	l.items = append(l.items, item{typ: itemHole, pos: pos, hole: ph})
	l.inWord = true
	return back
}

func (l *lexer) openSubst(n int, in Quote) stateFn {
	if len(l.open) == maxNesting {
		return l.fail(l.here(), "替换的嵌套超过 %d 层", "substitutions are nested deeper than %d", maxNesting)
	}
	l.open = append(l.open, frame{tick: n == 1, in: in, pos: l.here(), quote: l.quote})
	l.emit(itemOpen, n)
	l.items[len(l.items)-1].quote = in
	return lexCommand
}

func (l *lexer) closeSubst() stateFn {
	f := l.open[len(l.open)-1]
	l.open = l.open[:len(l.open)-1]
	l.quote = f.quote
	l.emit(itemClose, 1)
	if f.in == Double {
		return lexDouble
	}
	return lexCommand
}
