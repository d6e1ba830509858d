package relaxed

import "strings"

// HasHoles reports whether a hole is left anywhere in the document.
func (n *Node) HasHoles() bool {
	if n.Kind == Hole {
		return true
	}
	for _, c := range n.Text {
		if c.Hole >= 0 {
			return true
		}
	}
	for _, item := range n.Items {
		if item.HasHoles() {
			return true
		}
	}
	for _, f := range n.Fields {
		if f.Value.HasHoles() {
			return true
		}
	}
	return false
}

// String is the text of a String node, and the compact JSON of any other node.
// An unfilled hole is empty.
func (n *Node) String() string {
	if n.Kind == Hole {
		return ""
	}
	if n.Kind != String {
		return string(n.AppendJSON(nil))
	}
	if len(n.Text) == 1 {
		return n.Text[0].Text
	}
	var b strings.Builder
	for _, c := range n.Text {
		b.WriteString(c.Text)
	}
	return b.String()
}

// AppendJSON appends the document as strict, compact JSON. An unfilled hole is
// the empty string.
func (n *Node) AppendJSON(dst []byte) []byte {
	return n.AppendFilled(dst, func(int) Value { return Value{} })
}
