package shell

import (
	"bytes"

	"github.com/caryahq/carya/domain/relaxed"
)

// jsonStyle is how strict JSON is printed.
type jsonStyle struct {
	compact bool // one line without blanks
	nulls   bool // members that are null are kept
}

// append appends raw in this style. What is in style already is copied as it is.
func (s jsonStyle) append(dst, raw []byte) []byte {
	if !s.nulls && bytes.Contains(raw, []byte("null")) {
		raw = appendWithoutNulls(nil, raw)
	}
	switch {
	case !s.compact:
		return relaxed.AppendIndent(dst, raw, "  ")
	case isCompact(raw):
		return append(dst, raw...)
	}
	return relaxed.AppendCompact(dst, raw)
}

// isCompact reports whether there is no blank outside of strings.
func isCompact(raw []byte) bool {
	if bytes.IndexByte(raw, ' ') < 0 && bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\t') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return true
	}
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case ' ', '\t', '\r', '\n':
			return false
		case '"':
			i += stringLen(raw[i:]) - 1
		}
	}
	return true
}

// stringLen is the length of the string literal at the start of b, its quotes
// included.
func stringLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			break
		}
		i += j
		back := i - 1
		for b[back] == '\\' {
			back--
		}
		if (i-back)%2 == 1 {
			return i + 1
		}
	}
	return len(b)
}

// appendWithoutNulls appends compact JSON without the members that are null, at
// any depth. Items of lists stay: they have places.
func appendWithoutNulls(dst, raw []byte) []byte {
	if !isCompact(raw) {
		raw = relaxed.AppendCompact(nil, raw)
	}
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		n := i + stringLen(raw[i:])
		if !bytes.HasPrefix(raw[n:], []byte(":null")) {
			dst = append(dst, raw[i:n]...)
			i = n
			continue
		}
		i = n + len(":null")
		if dst[len(dst)-1] == ',' { // it was not the first: its comma goes too
			dst = dst[:len(dst)-1]
		} else if i < len(raw) && raw[i] == ',' {
			i++
		}
	}
	return dst
}
