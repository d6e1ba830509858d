package syntax

import (
	"fmt"
	"testing"
)

func parseHole(src string) (*Placeholder, error) {
	p, err := Parse(src, Pos{})
	if err != nil {
		return nil, err
	}
	return p.Pipelines[0].Commands[0].Words[0].Pieces[0].(*Placeholder), nil
}

func dumpHole(p *Placeholder) string {
	s := ""
	for _, k := range p.Keys {
		s += fmt.Sprintf("%s%v ", k.Name, k.Steps)
	}
	if p.Format != nil {
		s += fmt.Sprintf("<%s|%s|%v> ", p.Format.Type, p.Format.Spec, p.Format.Map)
	}
	if p.DefaultKey != nil {
		s += fmt.Sprintf("@%s%v", p.DefaultKey.Name, p.DefaultKey.Steps)
	} else if p.HasDefault {
		s += fmt.Sprintf("?%q", p.Default)
	}
	return s
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{"${a}", "a[{a -1}] "}, {"${ a b }", "a b[{a b -1}] "}, {"${http-qs-中文_x}", "http-qs-中文_x[{http-qs-中文_x -1}] "},
		{"${a:b.'c:-d:'}", "a:b.c:-d:[{a:b -1} {c:-d: -1}] "}, {"${a|b | c}", "a[{a -1}] b[{b -1}] c[{c -1}] "},
		{"${a.b . c}", "a.b.c[{a -1} {b -1} {c -1}] "},
		{"${a[0][12].b.3.04}", "a[0][12].b.3.04[{a -1} {0 0} {12 12} {b -1} {3 3} {04 -1}] "}, {"${a[ 1 ] }", "a[1][{a -1} {1 1}] "},
		{"${0}", "0[{0 0}] "}, {"${'0'.'x.y' [1]}", "0.x.y[1][{0 -1} {x.y -1} {1 1}] "}, {"${'|}<'}", "|}<[{|}< -1}] "},
		{"${http-qs-site?~/www}", "http-qs-site[{http-qs-site -1}] ?\"~/www\""}, {"${a?}", "a[{a -1}] ?\"\""}, {"${a? }", "a[{a -1}] ?\" \""},
		{"${a?-nil-}", "a[{a -1}] ?\"-nil-\""}, {"${a?b|c<d>?e}", "a[{a -1}] ?\"b|c<d>?e\""}, {"${a?{x:{}}}", "a[{a -1}] ?\"{x:{}}\""},
		{"${a?$$ $ $${b}}", "a[{a -1}] ?\"$ $ ${b}\""}, {"${a?'b\"\\`$(c)\n}", "a[{a -1}] ?\"'b\\\"\\\\`$(c)\\n\""},
		{"${a?@b}", "a[{a -1}] @b[{b -1}]"}, {"${a?@ 'b.c'[1] }", "a[{a -1}] @b.c[1][{b.c -1} {1 1}]"}, {"${a?@@b}", "a[{a -1}] @@b[{@b -1}]"},
		{"${a|b<int:%03d>?0}", "a[{a -1}] b[{b -1}] <int|%03d|[]> ?\"0\""}, {"${x<date:yyyy-MM-dd HH:mm>?}", "x[{x -1}] <date|yyyy-MM-dd HH:mm|[]> ?\"\""},
		{"${x<::A=Apple, B = Ba=na >}", "x[{x -1}] <|:A=Apple, B = Ba=na |[{A Apple} {B Ba=na}]> "}, {"${x<:%-4s>}", "x[{x -1}] <|%-4s|[]> "},
		{"${x <json> ?y}", "x[{x -1}] <json||[]> ?\"y\""}, {"${x<boolean:no/yes>}", "x[{x -1}] <boolean|no/yes|[]> "}, {"${x<string: up}per>}", "x[{x -1}] <string| up}per|[]> "},
	}
	for _, tt := range tests {
		for _, quote := range []string{"", "'", `"`} {
			p, err := parseHole(quote + tt.src + quote)
			if err != nil {
				t.Errorf("%s: %v", tt.src, err)
				continue
			}
			if got := dumpHole(p); got != tt.want || "${"+p.Source+"}" != tt.src || p.Quote.mark() != quote {
				t.Errorf("%s = %s (%s); want %s", tt.src, got, p.Source, tt.want)
			}
			roundTrip(t, &Program{Pipelines: []*Pipeline{{Commands: []*Command{{Words: []*Word{{Pieces: []Piece{p}}}}}}}})
		}
	}
}

func TestPlaceholderErrors(t *testing.T) {
	t.Parallel()
	const open = `the placeholder "${" is not closed: "}" is missing`
	const line = `the placeholder "${" is not closed on its line: "}" is missing`
	const empty = "a key is empty in the placeholder ${…}"
	odd := func(c string) string {
		return `"` + c + `" is not expected here in a placeholder: a key that holds it needs single quotes, as in ${'a.b'}`
	}
	tests := []struct {
		src, msg   string
		incomplete bool
	}{
		{"a ${", "1:3: " + open, true}, {"a ${b", "1:3: " + open, true}, {"a ${b|", "1:3: " + open, true}, {"a ${'b", "1:3: " + open, true},
		{"a ${b[", "1:3: " + open, true}, {"a ${b[1", "1:3: " + open, true}, {"a ${b<int", "1:3: " + open, true}, {"a ${b?", "1:3: " + open, true},
		{"a ${b?{}", "1:3: " + open, true}, {"'${b", "1:2: " + open, true}, {"\"\n${b ", "2:1: " + open, true}, {"a ${b?@", "1:3: " + open, true}, {"a ${\t", "1:3: " + open, true},
		{"a ${b\nc}", "1:3: " + line, false}, {"a ${\r\nc}", "1:3: " + line, false}, {"a ${b|\nc}", "1:3: " + line, false}, {"a ${'b\n'}", "1:5: the quote of a key is not closed on its line", false},
		{"${}", "1:3: " + empty, false}, {"${ }", "1:4: " + empty, false}, {"${a|}", "1:5: " + empty, false}, {"${|a}", "1:3: " + empty, false}, {"${a..b}", "1:5: " + empty, false},
		{"${.a}", "1:3: " + empty, false}, {"${a.}", "1:5: " + empty, false}, {"${''}", "1:3: " + empty, false}, {"${[0]}", "1:3: " + empty, false}, {"${?x}", "1:3: " + empty, false},
		{"${a:-b}", `1:3: a default is written ${key?default}; a key "a:-b" needs single quotes, as in ${'a:b'}`, false},
		{"${a:?b}", `1:3: a default is written ${key?default}; a key "a:" needs single quotes, as in ${'a:b'}`, false},
		{"${a?@}", "1:6: " + empty, false}, {"${<int>}", "1:3: " + empty, false},
		{"${a{b}}", "1:4: " + odd("{"), false}, {"${a>b}", "1:4: " + odd(">"), false}, {"${a'b'}", "1:4: " + odd("'"), false}, {"${'a'小}", "1:6: " + odd("小"), false},
		{"${a]}", "1:4: " + odd("]"), false}, {"${a?@b?c}", "1:7: " + odd("?"), false}, {"${a<int>b}", "1:9: " + odd("b"), false},
		{"${a[x]}", "1:4: what stands in [ ] is no index: write a number, as in ${list[0]}", false}, {"${a[-1]}", "1:4: what stands in [ ] is no index: write a number, as in ${list[0]}", false},
		{"${a<number:1>}", `1:5: there is no format "number": known are int, float, date, boolean, string, json, html, url, <:%s> and <::a=A,b=B>`, false},
		{"${a<>}", "1:4: the format is empty: write it as in <int:%03d>", false}, {"${a<:>}", "1:4: the format is empty: write it as in <int:%03d>", false},
		{"${a<::b>}", `1:4: "=" is missing in "b" of the format: write pairs, as in <::a=A,b=B>`, false},
		{"${a<int\n>}", `1:4: the format "<" is not closed on its line: ">" is missing`, false},
		{"${a?${b}}", "1:5: a placeholder inside a default: write ${a?@b} to fall back to another key, $${ to mean the text", false},
	}
	for _, tt := range tests {
		_, err := Parse(tt.src, Pos{})
		checkError(t, tt.src, err, tt.msg, tt.incomplete)
	}
}
