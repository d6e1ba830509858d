package relaxed

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// deepest bounds how deep the JSON nests that Valid takes: as deep as encoding/json takes
// it. gjson calls itself at each level, so that a text of very many brackets would end the
// process.
const deepest = 10_000

// Valid reports whether a text is one value of strict JSON, in which arrays and objects
// nest up to 10,000 deep.
func Valid(text []byte) bool { return isShallow(text) && gjson.ValidBytes(text) }

// isShallow reports whether a text has no more than deepest brackets open at once, if it is
// JSON.
func isShallow(text []byte) bool {
	if bytes.Count(text, []byte{'['})+bytes.Count(text, []byte{'{'}) <= deepest {
		return true
	}
	depth := 0
	for i := 0; i < len(text) && depth <= deepest; i++ {
		switch text[i] {
		case '"':
			i += stringLen(text[i:]) - 1
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
	}
	return depth <= deepest
}
