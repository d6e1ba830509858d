package packs

import (
	"strings"
	"testing"
)

// text makes lines of letters.
func text(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(string(r) + "\n")
	}
	return b.String()
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		base, mine, theirs, want string
		ok                       bool
	}{
		{"abc", "abc", "abc", "abc", true},
		{"abc", "abXc", "abc", "abXc", true},
		{"abc", "abc", "Yabc", "Yabc", true},
		{"abcde", "XabcdE", "abCde", "XabCdE", true},
		{"abcdef", "Xabcdef", "abcdeF", "XabcdeF", true},
		{"abcdef", "abdef", "abcdefg", "abdefg", true},
		{"abc", "aXc", "aXc", "aXc", true},
		{"abc", "aXc", "aYc", "", false},
		{"abc", "", "abcd", "", false},
		{"", "x", "y", "", false},
		{"", "x", "x", "x", true},
		{"abcabc", "abcXabc", "abcabcY", "abcXabcY", true},
	} {
		got, ok := Merge(text(tt.base), text(tt.mine), text(tt.theirs))
		if ok != tt.ok || got != text(tt.want) {
			t.Errorf("%s + %s + %s: %q %v, want %s %v", tt.base, tt.mine, tt.theirs, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzMergeOfOneSideIsThatSideAndSidesMayBeSwapped(f *testing.F) {
	f.Add("a\nb\nc", "a\nc", "a\nb\nc\nd")
	f.Add("", "a", "b")
	f.Fuzz(func(t *testing.T, base, mine, theirs string) {
		if got, ok := Merge(base, mine, base); !ok || got != mine {
			t.Errorf("mine alone: %q", got)
		}
		if got, ok := Merge(base, base, theirs); !ok || got != theirs {
			t.Errorf("theirs alone: %q", got)
		}
		x, okX := Merge(base, mine, theirs)
		y, okY := Merge(base, theirs, mine)
		if okX && okY && x != y && len(lines(base)) < 2 {
			t.Errorf("swapped: %q %q", x, y)
		}
	})
}
