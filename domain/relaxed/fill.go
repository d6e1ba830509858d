package relaxed

import "strings"

// Bind fills the holes and returns the document without any. The keys, their
// order and the kinds stay as they are; a hole that is a whole value becomes a
// scalar. fill is called once for each hole, in the order of the source. What
// has no hole is shared with n.
func (n *Node) Bind(fill func(hole int) Value) *Node {
	if !n.HasHoles() {
		return n
	}
	if n.Kind == Hole {
		return fill(n.Hole).node(n.Offset)
	}
	out := *n
	out.Text = bindText(n.Text, fill)
	if n.Items != nil {
		out.Items = make([]*Node, len(n.Items))
		for i, item := range n.Items {
			out.Items[i] = item.Bind(fill)
		}
	}
	if n.Fields != nil {
		out.Fields = make([]Field, len(n.Fields))
		for i, f := range n.Fields {
			out.Fields[i] = Field{f.Key, f.Value.Bind(fill)}
		}
	}
	return &out
}

func bindText(cs []Chunk, fill func(int) Value) []Chunk {
	if cs == nil {
		return nil
	}
	out := make([]Chunk, len(cs))
	for i, c := range cs {
		if c.Hole >= 0 {
			c = Chunk{Text: repair(fill(c.Hole).inText()), Data: true, Hole: -1}
		}
		out[i] = c
	}
	return out
}

// AppendFilled appends what Bind(fill).AppendJSON(dst) would, without building
// a tree.
func (n *Node) AppendFilled(dst []byte, fill func(hole int) Value) []byte {
	switch n.Kind {
	case Null:
		return append(dst, "null"...)
	case Bool, Number:
		return append(dst, n.Raw...)
	case String:
		return n.appendChunks(dst, fill)
	case Array:
		return n.appendItems(dst, fill)
	case Object:
		return n.appendFields(dst, fill)
	}
	return fill(n.Hole).append(dst)
}

func (n *Node) appendChunks(dst []byte, fill func(int) Value) []byte {
	dst = append(dst, '"')
	for _, c := range n.Text {
		if c.Hole >= 0 {
			c.Text = fill(c.Hole).inText()
		}
		dst = appendText(dst, c.Text)
	}
	return append(dst, '"')
}

func (n *Node) appendItems(dst []byte, fill func(int) Value) []byte {
	dst = append(dst, '[')
	for i, item := range n.Items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item.AppendFilled(dst, fill)
	}
	return append(dst, ']')
}

func (n *Node) appendFields(dst []byte, fill func(int) Value) []byte {
	dst = append(dst, '{')
	for i, f := range n.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, f.Key), ':')
		dst = f.Value.AppendFilled(dst, fill)
	}
	return append(dst, '}')
}

// scalar reports whether v is JSON of a scalar; anything else is text, so that
// a wrong Value cannot change the shape of a document.
func (v Value) scalar() bool {
	return v.JSON && (v.Text == "null" || v.Text == "true" || v.Text == "false" || strictNumber(v.Text))
}

// inText is the value as part of a string; null is empty.
func (v Value) inText() string {
	if v.JSON && v.Text == "null" {
		return ""
	}
	return v.Text
}

func (v Value) append(dst []byte) []byte {
	if v.scalar() {
		return append(dst, v.Text...)
	}
	return AppendString(dst, v.Text)
}

func (v Value) node(offset int) *Node {
	n := &Node{Offset: offset, Raw: v.Text}
	switch {
	case !v.scalar():
		return &Node{Kind: String, Offset: offset, Text: []Chunk{{Text: repair(v.Text), Data: true, Hole: -1}}}
	case v.Text == "null":
		n.Kind, n.Raw = Null, ""
	case strings.HasPrefix(v.Text, "t"), strings.HasPrefix(v.Text, "f"):
		n.Kind = Bool
	default:
		n.Kind = Number
	}
	return n
}
