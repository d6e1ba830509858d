package domain

import (
	"regexp/syntax"
)

// Bounds of a regular expression that a request sends: what it costs to look at a text
// grows with the text's length times the expression's size.
const (
	maxRegexpText = 8 << 10 // bytes
	maxRegexpSize = 1000    // steps of its program, about
)

// CheckRegexp refuses a regular expression that is larger than a request may send:
// e.cmd.arg. One that cannot be read is left to who compiles it.
func CheckRegexp(s string) error {
	tooLarge := E("e.cmd.arg", Text{ZH: "正则表达式过大", EN: "the regular expression is too large"})
	if len(s) > maxRegexpText {
		return tooLarge
	}
	tree, err := syntax.Parse(s, syntax.Perl)
	if err == nil && regexpSize(tree) > maxRegexpSize {
		return tooLarge
	}
	return nil
}

// regexpSize is how many steps the program of an expression has, about. It stops
// counting when it is large.
func regexpSize(re *syntax.Regexp) int {
	size := 1
	if re.Op == syntax.OpLiteral {
		size = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if size += regexpSize(sub); size > maxRegexpSize {
			return size
		}
	}
	if re.Op == syntax.OpRepeat {
		size *= max(1, re.Min, re.Max)
	}
	return size
}
