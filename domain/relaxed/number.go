package relaxed

import (
	"math/big"
	"strings"
)

// maxHex bounds the digits of a hexadecimal number: to write it in decimal
// takes more than linear time.
const maxHex = 1024

// isLiteral reports whether s is a number, true, false or null.
func isLiteral(s string) bool {
	if s == "true" || s == "false" || s == "null" || notFinite(s) {
		return true
	}
	_, ok := number(s)
	return ok
}

// notFinite reports whether s is one of JSON5's numbers that JSON lacks.
func notFinite(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	return s == "NaN" || s == "Infinity"
}

// number turns a JSON5 number into a strict JSON one; ok is false when s is
// none. Digits after a leading zero are text (a code, a phone number).
func number(s string) (raw string, ok bool) {
	if strictNumber(s) {
		return s, true
	}
	sign, body := "", s
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, body = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	if len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x' {
		return hexNumber(sign, body[2:])
	}
	whole, rest := digits(body)
	if strings.HasPrefix(rest, ".") {
		var frac string
		frac, rest = digits(rest[1:])
		if whole == "" && frac == "" {
			return "", false
		}
		if whole == "" {
			whole = "0"
		}
		if frac != "" {
			whole += "." + frac
		}
	}
	raw = sign + whole + rest
	return raw, strictNumber(raw) && whole != ""
}

func hexNumber(sign, s string) (raw string, ok bool) {
	if len(s) > maxHex {
		return "", false
	}
	for i := range len(s) {
		if _, ok := hexDigit(s[i]); !ok {
			return "", false
		}
	}
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		return "", false
	}
	return sign + n.String(), true
}

// digits splits s behind its leading decimal digits.
func digits(s string) (head, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// strictNumber reports whether s is a number by RFC 8259, section 6.
func strictNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, s := digits(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if strings.HasPrefix(s, ".") {
		var frac string
		if frac, s = digits(s[1:]); frac == "" {
			return false
		}
	}
	if s == "" {
		return true
	}
	if s[0]|0x20 != 'e' {
		return false
	}
	if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	exp, s := digits(s)
	return exp != "" && s == ""
}
