package relaxed

import "testing"

func TestParsePrefixStopsBehindTheBracket(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, json, rest string }{
		{"{a:1}", `{"a":1}`, ""},
		{" // c\n{a:{b:'}'}} tail }", `{"a":{"b":"}"}}`, " tail }"},
		{"[1,2]\n%COPY:", `[1,2]`, "\n%COPY:"},
		{"{u: http://x/y}z", `{"u":"http://x/y"}`, "z"},
	} {
		n, end, err := ParsePrefix(c.src)
		if err != nil {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		if got := string(n.AppendJSON(nil)); got != c.json || c.src[end:] != c.rest {
			t.Errorf("%q: %s, rest %q", c.src, got, c.src[end:])
		}
	}
	for _, src := range []string{"", "a:1", "{a:1", "x{}", "/* {}"} {
		if _, _, err := ParsePrefix(src); err == nil {
			t.Errorf("%q: no error", src)
		}
	}
}
