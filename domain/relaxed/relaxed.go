// Package relaxed reads relaxed JSON: JSON5 as people type it (comments,
// unquoted keys, single quotes, trailing commas, hexadecimal numbers, leading
// and trailing dots, line continuations in strings), and an unquoted word as a
// string value where JSON has none. Key order is kept.
// Of keys that stand twice the last value counts, in the place of the first.
//
// An unquoted word is a string: role:admin, ~/www, http://x/y. It ends at a
// blank, "," "}" or "]" and holds no quote, "{", "[" or backslash. A number, true,
// false and null stay what they are; digits after a leading zero (010) are
// text. An object at the top may do without its braces: role:"GOD", nm:x.
// Numbers that JSON has not (0x10, +1, .5, 5.) come out as those it has;
// Infinity and NaN are errors, and so is a text that is not UTF-8. Arrays and
// objects nest up to 200 deep.
//
// A document may have holes. It is parsed once, with the holes in place; what
// fills them later is data and can never become a key, a quote or an operator.
package relaxed

// Piece is a stretch of a document's source: literal text, or the hole with
// that number when Hole >= 0 (Text is then ignored).
type Piece struct {
	Text string
	Hole int // -1 for literal text
}

// Kind is the kind of a node.
type Kind uint8

// The kinds of nodes. Hole stands where a whole value is a hole.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
	Hole
)

// Node is a value of a parsed document. Nodes are immutable: Bind makes new
// ones.
type Node struct {
	Kind   Kind
	Offset int     // bytes into the source (holes count 0)
	Raw    string  // Number: as strict JSON; Bool: "true" or "false"
	Text   []Chunk // String: its decoded text in chunks
	Items  []*Node // Array
	Fields []Field // Object, in order of appearance
	Hole   int     // Hole
}

// Field is a member of an object. A key never has a hole.
type Field struct {
	Key   string
	Value *Node
}

// Chunk is a part of a string's text. Data is true for what filled a hole: it
// is never read as an operator of any language inside the string. Before
// binding a chunk with Hole >= 0 is that hole, still empty.
type Chunk struct {
	Text string
	Data bool
	Hole int // -1 unless an unfilled hole
}

// Value fills a hole. The zero Value is the empty string.
type Value struct {
	Text string
	JSON bool // Text is strict JSON of a scalar (number, true, false, null); used where the hole is a whole value
}

// Error is a fault in the source.
type Error struct {
	Offset int // bytes into the source (holes count 0)
	Msg    string
	ZH     string // Msg in Chinese; "" is Msg
}

func (e *Error) Error() string { return e.Msg }
