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
		if plain[s[i]] {
			i++
			continue
		}
		if s[i] < utf8.RuneSelf {
			dst = appendEscape(append(dst, s[start:i]...), s[i])
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if odd := r == utf8.RuneError && n == 1 || r|1 == '\u2029'; !odd {
			i += n
			continue
		}
		dst = appendOdd(append(dst, s[start:i]...), r)
		i += n
		start = i
	}
	return append(dst, s[start:]...)
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
