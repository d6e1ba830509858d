package shell

import "strings"

// booleanFormat is <boolean:no/yes>: the first text is for false, the second for
// true. Without a spec the result is JSON false or true.
func booleanFormat(spec string) (format, error) {
	no, yes, ok := strings.Cut(spec, "/")
	if spec != "" && !ok {
		return nil, badFormat("<boolean:no/yes> 需要两个文本：%s", "<boolean:no/yes> needs two texts: %s", shown(spec))
	}
	return func(v Value) (Value, bool) {
		b, fits := truth(v.text())
		switch {
		case !fits:
			return Value{}, false
		case spec == "" && b:
			return Value{Text: "true", JSON: true}, true
		case spec == "":
			return Value{Text: "false", JSON: true}, true
		case b:
			return Value{Text: yes}, true
		}
		return Value{Text: no}, true
	}, nil
}

// truth reads a truth value as forms and JSON write it. Nothing is false, and
// so is any zero.
func truth(s string) (value, fits bool) {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "y", "t":
		return true, true
	case "false", "no", "off", "n", "f", "", "null":
		return false, true
	}
	n, ok := parseFloat(s)
	return n != 0, ok
}
