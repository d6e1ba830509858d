package relaxed

// ParsePrefix reads the array or object that src begins with (blanks and
// comments before it aside) and gives the offset behind its closing bracket:
// for formats in which something else follows a document. Errors are *Error.
func ParsePrefix(src string) (n *Node, end int, err error) {
	l := newLexer([]Piece{{Text: src, Hole: -1}})
	if err := l.skipBlank(); err != nil {
		return nil, 0, err
	}
	c := l.peek()
	if c != '{' && c != '[' {
		return nil, 0, fault(l.pos, "%s前缺少对象或数组", "an object or array is missing before %s", l.found())
	}
	if n, err = l.nested(c); err != nil {
		return nil, 0, err
	}
	if bad := BadByte(src[:l.pos]); bad >= 0 {
		return nil, 0, notUTF8(bad)
	}
	return n, l.pos, nil
}
