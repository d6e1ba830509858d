package shell

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textSpec is one printf verb for text: width and length have at most three
// digits.
var textSpec = regexp.MustCompile(`^(?:[^%]|%%)*%-?\d{0,3}(?:\.\d{1,3})?s(?:[^%]|%%)*$`)

// stringFormat is <string:upper> and its like, or <:%-10s>. Every value fits.
func stringFormat(spec string) (format, error) {
	change := textChange(spec)
	if change == nil && textSpec.MatchString(spec) {
		change = func(s string) string { return fmt.Sprintf(spec, s) }
	}
	if change == nil {
		names := []string{"upper", "lower", "trim", "camel", "pascal", "snake", "kebab", "header", "capital"}
		return nil, badFormat("没有这种文本格式：%s%s", "no such format for texts: %s%s", shown(spec), didYouMean("", spec, names))
	}
	return func(v Value) (Value, bool) { return Value{Text: change(v.text())}, true }, nil
}

// textChange is the change of that name; nil when there is none.
func textChange(name string) func(string) string {
	switch name {
	case "":
		return func(s string) string { return s }
	case "upper":
		return strings.ToUpper
	case "lower":
		return strings.ToLower
	case "trim":
		return strings.TrimSpace
	case "capital":
		return capital
	case "snake":
		return func(s string) string { return strings.ToLower(strings.Join(nameParts(s), "_")) }
	case "kebab":
		return func(s string) string { return strings.ToLower(strings.Join(nameParts(s), "-")) }
	case "header":
		return func(s string) string { return strings.Join(capitals(nameParts(s)), "-") }
	case "pascal":
		return func(s string) string { return strings.Join(capitals(nameParts(s)), "") }
	case "camel":
		return camel
	}
	return nil
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func capitals(parts []string) []string {
	for i, p := range parts {
		parts[i] = capital(strings.ToLower(p))
	}
	return parts
}

func camel(s string) string {
	parts := capitals(nameParts(s))
	if len(parts) > 0 {
		parts[0] = strings.ToLower(parts[0])
	}
	return strings.Join(parts, "")
}

// nameParts takes a name apart at blanks, "_", "-", "." and where a small letter
// or digit meets a capital.
func nameParts(s string) []string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		switch {
		case strings.ContainsRune(" \t\n_-.", r):
			r = ' '
		case unicode.IsUpper(r) && (unicode.IsLower(last) || unicode.IsDigit(last)):
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return strings.Fields(b.String())
}
