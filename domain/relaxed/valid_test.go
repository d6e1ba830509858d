package relaxed

import (
	"strings"
	"testing"
)

// However many brackets a text has, looking whether it is JSON ends in an answer.
func TestValidEndsHoweverDeepATextNests(t *testing.T) {
	t.Parallel()
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"open brackets", strings.Repeat("[", 30<<20), false},
		{"open objects", strings.Repeat(`{"a":`, 10<<20), false},
		{"as deep as can be", nested("[", "]", deepest), true},
		{"one deeper", nested("[", "]", deepest+1), false},
		{"brackets in a text", `["` + strings.Repeat("[{", 2*deepest) + `\"` + strings.Repeat("[", deepest) + `"]`, true},
		{"many beside each other", "[" + strings.Repeat("[],", 2*deepest) + "1]", true},
		{"a text that does not end", strings.Repeat(" [", deepest) + `"[`, false},
		{"nothing", "", false},
		{"a word", "true", true},
	} {
		if got := Valid([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
