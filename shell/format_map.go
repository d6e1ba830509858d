package shell

import "github.com/caryahq/carya/shell/syntax"

// mapFormat is <::A=Apple,B=Banana>: the first entry whose left side is the
// value's text. Any other value does not fit.
func mapFormat(m []syntax.MapEntry) format {
	return func(v Value) (Value, bool) {
		s := v.text()
		for _, e := range m {
			if e.From == s {
				return Value{Text: e.To}, true
			}
		}
		return Value{}, false
	}
}
