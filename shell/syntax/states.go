package syntax

import "strings"

// special are the bytes that end bare text.
const special = " \t\r\n;|<>&()'\"`$\\"

// lexCommand is the state between the pieces of words.
func lexCommand(l *lexer) stateFn {
	if l.pos == len(l.src) {
		return lexEnd
	}
	switch c := l.src[l.pos]; c {
	case ' ', '\t', '\r':
		return lexBlank
	case '\n', ';':
		l.emit(itemEnd, 1)
	case '\'':
		return l.openQuote(Single, lexSingle)
	case '"':
		return l.openQuote(Double, lexDouble)
	case '|', '>', '<', '&', '(', ')':
		return lexOperator
	case '`':
		return lexTick
	case '#':
		if l.inWord {
			return lexBare
		}
		return lexComment
	default:
		return lexBare
	}
	return lexCommand
}

func lexEnd(l *lexer) stateFn {
	if n := len(l.open); n > 0 {
		f := l.open[n-1]
		if f.tick {
			return l.lack(f.pos, "反引号没有结束", "the back quote is not closed")
		}
		return l.lack(f.pos, `"$(" 没有结束：缺少 ")"`, `"$(" is not closed: ")" is missing`)
	}
	l.emit(itemEOF, 0)
	return nil
}

func lexBlank(l *lexer) stateFn {
	n := len(l.rest()) - len(strings.TrimLeft(l.rest(), " \t\r"))
	if l.inWord {
		l.emit(itemBlank, n)
	} else {
		l.pos += n
	}
	return lexCommand
}

func lexComment(l *lexer) stateFn {
	text, _, _ := strings.Cut(l.rest(), "\n")
	l.emit(itemComment, len(strings.TrimRight(text, "\r")))
	return lexCommand
}

// lexOperator lexes what POSIX shells have as operators, of which the language
// has few. They count wherever they are not quoted, also inside a word: a->b
// redirects the output of a- to b.
func lexOperator(l *lexer) stateFn {
	const not, notZH = ` is not part of the language: put it in quotes to make it text`, ` 不属于本语言：若是文本请加引号`
	s := l.rest()
	switch {
	case strings.HasPrefix(s, "||"):
		return l.fail(l.here(), `"||"`+notZH+`，管道请写一个 "|"`, `"||"`+not+`, or write one "|" for a pipe`)
	case strings.HasPrefix(s, "&&"):
		return l.fail(l.here(), `"&&"`+notZH+`，两条命令之间请写 ";"`, `"&&"`+not+`, or write ";" between two commands`)
	case s[0] == '|':
		l.emit(itemPipe, 1)
	case strings.HasPrefix(s, ">>"):
		l.emit(itemOut, 2)
	case s[0] == '>':
		l.emit(itemOut, 1)
	case s[0] == ')':
		return lexParen
	case s[0] == '<':
		return l.fail(l.here(), `"<"`+notZH+`，或在命令前写 "cat FILE |"`, `"<"`+not+`, or write "cat FILE |" before the command`)
	case s[0] == '(':
		return l.fail(l.here(), `"("`+notZH+`，取命令的输出请写 $(…)`, `"("`+not+`, or write $(…) for the output of a command`)
	default:
		return l.fail(l.here(), `"&"`+notZH, `"&"`+not)
	}
	return lexCommand
}

func lexParen(l *lexer) stateFn {
	if n := len(l.open); n == 0 || l.open[n-1].tick {
		return l.fail(l.here(), `")" 没有对应的 "$("：若是文本请加引号`, `")" without its "$(": put it in quotes to make it text`)
	}
	return l.closeSubst()
}

func lexTick(l *lexer) stateFn {
	if n := len(l.open); n > 0 && l.open[n-1].tick {
		return l.closeSubst()
	}
	return l.openSubst(1, Bare)
}

// lexBare reads unquoted text up to something else.
func lexBare(l *lexer) stateFn {
	for l.pos < len(l.src) {
		n := strings.IndexAny(l.rest(), special)
		if n < 0 {
			n = len(l.rest())
		}
		if i := indexWideBlank(l.src[l.pos : l.pos+n]); i >= 0 {
			return l.fail(l.place.at(l.pos+i), "引号外有全角、不间断或不可见的空格：请改为普通空格，若是文本请加引号", "a wide, no-break or invisible blank that is not quoted: write an ordinary blank, or put it in quotes to make it text")
		}
		if n > 0 {
			l.add(n, l.src[l.pos:l.pos+n])
		}
		switch l.peek() {
		case '$':
			if next := l.dollar(Bare, lexCommand); next != nil {
				return next
			}
		case '\\':
			if next := l.escape(); next != nil {
				return next
			}
		default:
			l.flush(Bare)
			return lexCommand
		}
	}
	l.flush(Bare)
	return lexCommand
}

// indexWideBlank finds U+3000 and U+00A0, which look like a blank and are none,
// and U+200B and U+FEFF, which cannot be seen.
func indexWideBlank(s string) int {
	for i, r := range s {
		switch r {
		case '\u3000', '\u00a0', '\u200b', '\ufeff':
			return i
		}
	}
	return -1
}

// escape reads a backslash outside quotes; it gives a state to leave lexBare.
func (l *lexer) escape() stateFn {
	s := l.rest()[1:]
	if s == "" {
		return l.lack(l.here(), `末尾有 "\"：缺少下一行`, `a "\" at the very end: the next line is missing`)
	}
	if n := lineEnd(s); n > 0 {
		l.pos += 1 + n
		if len(l.text) == 0 {
			return lexCommand
		}
		return nil
	}
	if t := strings.TrimLeft(s, " \t"); len(t) < len(s) && (t == "" || lineEnd(t) > 0) {
		return l.fail(l.here(), `行尾的 "\" 后有空格：请删去`, `blanks after the "\" at the end of the line: remove them`)
	}
	l.add(2, s[:1])
	return nil
}

// lineEnd is the length of the line end that s begins with, 0 without.
func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}
