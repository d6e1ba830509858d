package relaxed

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", `""`}, {"abc 你好 😀", `"abc 你好 😀"`}, {"\"\\/", `"\"\\/"`},
		{"\x00\b\f\n\r\t\v\x1f\x7f", "\"\\u0000\\b\\f\\n\\r\\t\\u000b\\u001f\x7f\""},
		{"\u2027\u2028\u2029\u202a", "\"\u2027\\u2028\\u2029\u202a\""},
		{"a\xffb\xe4\xbdc\xed\xa0\x80", "\"a\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffd\""}, {"\ufffd", "\"\ufffd\""}, {"<&>", `"<&>"`},
	} {
		if got := string(AppendString(nil, tt.in)); got != tt.want {
			t.Errorf("AppendString(%q) = %s; want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendCompactKeepsOrderAndNumberText(t *testing.T) {
	t.Parallel()
	src := "{ \"b\" : 1.50,\r\n\t\"a\" : [ 1E5 , \" x \\\" y \" , { } ] }"
	if got := string(AppendCompact([]byte("> "), []byte(src))); got != `> {"b":1.50,"a":[1E5," x \" y ",{}]}` {
		t.Error(got)
	}
}

func TestAppendIndent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ src, want string }{
		{`{}`, `{}`}, {`[ ]`, `[]`}, {`1`, `1`}, {`"a b"`, `"a b"`}, {`[[],{}]`, "[\n  [],\n  {}\n]"},
		{`{"b":1.50,"a":["x",{"c":null}]}`, "{\n  \"b\": 1.50,\n  \"a\": [\n    \"x\",\n    {\n      \"c\": null\n    }\n  ]\n}"},
	} {
		if got := string(AppendIndent(nil, []byte(tt.src), "  ")); got != tt.want {
			t.Errorf("AppendIndent(%s) = %s", tt.src, got)
		}
		var std bytes.Buffer
		if err := json.Indent(&std, []byte(tt.src), "", "  "); err != nil || std.String() != tt.want {
			t.Errorf("encoding/json indents %s as %s", tt.src, &std)
		}
	}
}

func TestAppendIndentStaysInProportion(t *testing.T) {
	t.Parallel()
	const depth = 20_000
	src := strings.Repeat("[", depth) + strings.Repeat("]", depth)
	if n := len(AppendIndent(nil, []byte(src), "  ")); n > 2*depth*(2*maxDepth+2) {
		t.Errorf("%d bytes", n)
	}
}
