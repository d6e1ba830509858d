package relaxed

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	const src = `{nm:"abc", phone:13910001000, role:[GOD, user], at:{ct:"[2020-01-01,)"}}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendFilled(b *testing.B) {
	n, err := ParsePieces(pieces(`{nm:"«0»",phone:«1»,role:[GOD,user],at:{ct:"[«2»,)"}}`))
	if err != nil {
		b.Fatal(err)
	}
	vals := []Value{{Text: "小白 says \"hi\""}, {Text: "13910001000", JSON: true}, {Text: "2020-01-01"}}
	fill := func(h int) Value { return vals[h] }
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = n.AppendFilled(dst[:0], fill)
	}
}

func BenchmarkToJSON(b *testing.B) {
	src := "[" + strings.Repeat(`{"id":"c0ffee00000000000000","nm":"小白","age":18,"tags":["a","b"],"ok":true},`, 1000) + "]"
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ToJSON(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	for name, s := range map[string]string{
		"ascii": strings.Repeat("The quick brown fox. ", 50), "chinese": strings.Repeat("敏捷的棕色狐狸", 50), "escapes": strings.Repeat("a\"b\n", 250),
	} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendString(dst[:0], s)
			}
		})
	}
}

func BenchmarkAppendCompact(b *testing.B) {
	src := []byte(strings.Repeat(`{ "id" : "c0ffee00000000000000", "nm" : "x", "age" : 18 }`, 100))
	var dst []byte
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendCompact(dst[:0], src)
	}
}

func TestAppendFilledDoesNotAllocate(t *testing.T) {
	n, err := ParsePieces(pieces(`{nm:"x«0»",b:«1»,c:[1,{d:"«2»"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	fill := func(int) Value { return Value{Text: "a \"b\" \xff"} }
	dst := make([]byte, 0, 256)
	if got := testing.AllocsPerRun(100, func() { dst = n.AppendFilled(dst[:0], fill) }); got > 0 {
		t.Errorf("%v allocations", got)
	}
}
