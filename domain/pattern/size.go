package pattern

import "regexp/syntax"

// Bounds of a regular expression: what it costs to look at a text grows with the
// text's length times the expression's size.
const (
	maxText = 8 << 10 // bytes of one that a request sends
	maxSent = 1000    // steps of its program, about
	maxOwn  = 20_000  // of one that stands in a file of the domain
)

// tooLarge reports whether an expression has more steps than most. One that cannot be
// read is left to who compiles it.
func tooLarge(s string, most int) bool {
	tree, err := syntax.Parse(s, syntax.Perl)
	return err == nil && size(tree, most) > most
}

// size is how many steps the program of an expression has, about. It stops counting
// when there are more than most.
func size(re *syntax.Regexp, most int) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if n += size(sub, most); n > most {
			return n
		}
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return n
}
