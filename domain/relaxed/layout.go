package relaxed

import (
	"bytes"
	"math"
)

// AppendCompact appends strict JSON without its blanks; the order of keys, the
// text of numbers and strings stay. What is no JSON comes out in a form of no
// meaning, without a panic.
func AppendCompact(dst, src []byte) []byte {
	for len(src) > 0 {
		switch c := src[0]; c {
		case ' ', '\t', '\n', '\r':
			src = src[1:]
		case '"':
			n := stringLen(src)
			dst = append(dst, src[:n]...)
			src = src[n:]
		default:
			dst = append(dst, c)
			src = src[1:]
		}
	}
	return dst
}

// AppendIndent appends strict JSON with one member or item a line, each level
// indented by indent once more. Empty arrays and objects stay on their line.
// Otherwise it is as AppendCompact. Levels deeper than a parsed document can
// have are indented no further, so that the size stays in proportion.
func AppendIndent(dst, src []byte, indent string) []byte {
	dst, _ = AppendIndentWithin(dst, src, indent, math.MaxInt)
	return dst
}

// AppendIndentWithin is AppendIndent of what takes at most max bytes with dst;
// fits is false, and only a part is appended, when it takes more.
func AppendIndentWithin(dst, src []byte, indent string, max int) (out []byte, fits bool) {
	p := printer{dst: dst, indent: indent}
	for len(src) > 0 {
		if len(p.dst) > max {
			return p.dst, false
		}
		n := 1
		switch c := src[0]; c {
		case ' ', '\t', '\n', '\r':
		case '"':
			n = stringLen(src)
			p.token(src[:n])
		default:
			p.byte(c)
		}
		src = src[n:]
	}
	return p.dst, len(p.dst) <= max
}

// stringLen is the length of the string that src begins with.
func stringLen(src []byte) int {
	for i := 1; i < len(src); {
		n := bytes.IndexAny(src[i:], `"\`)
		if n < 0 {
			break
		}
		if i += n; src[i] == '"' {
			return i + 1
		}
		i += 2
	}
	return len(src)
}

type printer struct {
	dst    []byte
	indent string
	depth  int
	opened bool // the last token was an opening bracket
}

func (p *printer) byte(c byte) {
	switch c {
	case '{', '[':
		p.token([]byte{c})
		p.depth++
		p.opened = true
	case '}', ']':
		p.depth = max(0, p.depth-1)
		if !p.opened {
			p.line()
		}
		p.opened = false
		p.dst = append(p.dst, c)
	case ',':
		p.dst = append(p.dst, c)
		p.line()
	case ':':
		p.dst = append(p.dst, ':', ' ')
	default:
		p.token([]byte{c})
	}
}

// token appends text, on a line of its own behind an opening bracket.
func (p *printer) token(s []byte) {
	if p.opened {
		p.opened = false
		p.line()
	}
	p.dst = append(p.dst, s...)
}

func (p *printer) line() {
	p.dst = append(p.dst, '\n')
	for range min(p.depth, maxDepth) {
		p.dst = append(p.dst, p.indent...)
	}
}
