package relaxed

import "unicode/utf8"

// plain marks the bytes that stand for themselves in a JSON string.
var plain = plainBytes()

func plainBytes() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}

// AppendString appends s as a JSON string. Wrong UTF-8 becomes U+FFFD, one for
// each wrong byte; control characters, U+2028 and U+2029 are escaped, so that
// the result is also safe in a script.
func AppendString(dst []byte, s string) []byte {
	return append(appendText(append(dst, '"'), s), '"')
}

// appendText is AppendString without the quotes.
func appendText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case plain[c]:
			i += plainLen(s[i:])
		case isCJK(s[i:]):
			i += 3
		case c < utf8.RuneSelf:
			dst = appendEscape(append(dst, s[start:i]...), c)
			i++
			start = i
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 || r|1 == '\u2029' {
				dst = appendOdd(append(dst, s[start:i]...), r)
				start = i + n
			}
			i += n
		}
	}
	return append(dst, s[start:]...)
}

// isCJK reports whether s begins with a character from U+3000 to U+CFFF: the
// common case beyond ASCII, in which any two continuation bytes are right.
func isCJK(s string) bool {
	return len(s) > 2 && s[0] >= 0xe3 && s[0] <= 0xec && s[1]&0xc0 == 0x80 && s[2]&0xc0 == 0x80
}

// plainLen is how many bytes of s, from its start, stand for themselves; it
// looks at eight at a time.
func plainLen(s string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := w^ones*'"', w^ones*'\\'
		if (w|(w-ones*' ')|(quote-ones)|(slash-ones))&highs != 0 {
			break
		}
	}
	for i < len(s) && plain[s[i]] {
		i++
	}
	return i
}

func appendOdd(dst []byte, r rune) []byte {
	switch r {
	case '\u2028':
		return append(dst, `\u2028`...)
	case '\u2029':
		return append(dst, `\u2029`...)
	}
	return utf8.AppendRune(dst, r)
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
