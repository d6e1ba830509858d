package relaxed

// maxDepth bounds how deep arrays and objects may nest.
const maxDepth = 200

// Parse reads a document without holes. An object may be written without its
// outer braces when it begins with a key and a colon: role:"GOD". Errors are
// *Error.
func Parse(src string) (*Node, error) {
	return ParsePieces([]Piece{{Text: src, Hole: -1}})
}

// ParsePieces reads a document whose source is the pieces side by side. A hole
// inside a quoted string or a bare word becomes a Chunk of it, a hole that is a
// whole value a node of Kind Hole; a hole in a key is an error, and one in a
// comment is left out. Errors are *Error.
func ParsePieces(ps []Piece) (*Node, error) {
	l := newLexer(ps)
	bare, err := l.begin()
	if err != nil {
		return nil, err
	}
	var n *Node
	if bare {
		n, err = l.object(0)
	} else {
		n, err = l.value()
	}
	if err == nil {
		err = l.finish()
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// value reads a value; blanks before it have been skipped.
func (l *lexer) value() (*Node, error) {
	n := &Node{Kind: String, Offset: l.pos}
	var err error
	switch c := l.peek(); c {
	case '{', '[':
		return l.nested(c)
	case '"', '\'':
		l.pos++
		n.Text, err = l.chunks(c)
		return n, err
	}
	if n.Text, err = l.word(); err != nil {
		return nil, err
	}
	return n, n.settle()
}

// settle turns the node of a bare word into what the word means.
func (n *Node) settle() error {
	c := n.Text[0]
	switch {
	case len(n.Text) > 1:
		return nil
	case c.Hole >= 0:
		*n = Node{Kind: Hole, Offset: n.Offset, Hole: c.Hole}
		return nil
	}
	kind, raw, err := scalar(c.Text, n.Offset)
	if kind != String {
		*n = Node{Kind: kind, Offset: n.Offset, Raw: raw}
	}
	return err
}

// scalar says what a bare word means; raw is its strict JSON unless it is a
// String.
func scalar(s string, offset int) (k Kind, raw string, err error) {
	switch s {
	case "null":
		return Null, "", nil
	case "true", "false":
		return Bool, s, nil
	}
	if notFinite(s) {
		return 0, "", fault(offset, "JSON 没有数字 %s：若是文本请加引号", "JSON has no number %s: put it in quotes to make it text", s)
	}
	if raw, ok := number(s); ok {
		return Number, raw, nil
	}
	return String, "", nil
}

// nested reads an array or object from its opening bracket on.
func (l *lexer) nested(open byte) (*Node, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	if open == '{' {
		return l.object('}')
	}
	return l.array()
}

func (l *lexer) array() (*Node, error) {
	n := &Node{Kind: Array, Offset: l.pos}
	l.pos++
	for {
		if done, err := l.next(']'); done || err != nil {
			return n, err
		}
		item, err := l.value()
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
		if err := l.separator(']'); err != nil {
			return nil, err
		}
	}
}

// object reads members up to the closing brace, or, when end is 0, to the end
// of the source.
func (l *lexer) object(end byte) (*Node, error) {
	n := &Node{Kind: Object, Offset: l.pos}
	if end != 0 {
		l.pos++
	}
	var seen keys
	for {
		if done, err := l.next(end); done || err != nil {
			return n, err
		}
		k, err := l.member()
		if err != nil {
			return nil, err
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		if i, dup := seen.add(k); dup {
			n.Fields[i].Value = v
		} else {
			n.Fields = append(n.Fields, Field{k, v})
		}
		if err := l.separator(end); err != nil {
			return nil, err
		}
	}
}
