package shelltest

import (
	"regexp"
	"strings"
)

// The wildcards of expected output. {{id:NAME}} also gives what it met a name:
// a later {{id:NAME}}, in a prompt or in output, stands for the same text.
var wildcards = map[string]string{
	"id":  `[0-9a-v]{20}`,
	"ms":  `\d{13}`,
	"n":   `\d+`,
	"hex": `[0-9a-f]+`,
	"*":   `.*?`,
}

var wildcard = regexp.MustCompile(`\{\{(id|ms|n|hex|\*)(?::(\w+))?\}\}`)

const (
	noNewline = "{{nonl}}"  // the output does not end with a newline
	blankLine = "{{blank}}" // a blank line where it would not be seen
)

// shown is output as the lines of a transcript.
func shown(out string) []string {
	if out == "" {
		return nil
	}
	text, ended := strings.CutSuffix(out, "\n")
	ls := strings.Split(text, "\n")
	last := len(ls) - 1
	if !ended {
		ls[last] += noNewline
	}
	for i := last; i >= 0 && ls[i] == ""; i-- {
		ls[i] = blankLine
	}
	return ls
}

// names are what wildcards have met so far in a session.
type names map[string]string

// fill puts in what is known.
func (n names) fill(s string) string {
	return wildcard.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := n[wildcard.FindStringSubmatch(m)[2]]; ok {
			return v
		}
		return m
	})
}

// match reports whether a line is as expected, and learns names from it.
func (n names) match(want, got string) bool {
	if want == got {
		return true
	}
	want = n.fill(want)
	var expr strings.Builder
	var learned []string
	at := 0
	for _, m := range wildcard.FindAllStringSubmatchIndex(want, -1) {
		expr.WriteString(regexp.QuoteMeta(want[at:m[0]]) + "(" + wildcards[want[m[2]:m[3]]] + ")")
		name := ""
		if m[4] >= 0 {
			name = want[m[4]:m[5]]
		}
		learned, at = append(learned, name), m[1]
	}
	expr.WriteString(regexp.QuoteMeta(want[at:]))
	met := regexp.MustCompile(`(?s)^` + expr.String() + `$`).FindStringSubmatch(got)
	for i, name := range learned {
		if met != nil && name != "" {
			n[name] = met[i+1]
		}
	}
	return met != nil
}

// matchAll compares two outputs line by line.
func (n names) matchAll(want, got []string) bool {
	ok := len(want) == len(got)
	for i := range min(len(want), len(got)) {
		if !n.match(want[i], got[i]) {
			ok = false
		}
	}
	return ok
}
