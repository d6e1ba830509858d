package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// dump shows a tree on one line: words in [ ], literals quoted, placeholders
// as ${…}, substitutions as $(…), pipelines parted by " ; ".
func dump(p *Program) string {
	var out []string
	for _, pl := range p.Pipelines {
		var cs []string
		for _, c := range pl.Commands {
			var ws []string
			for _, w := range c.Words {
				ws = append(ws, dumpWord(w))
			}
			cs = append(cs, strings.Join(ws, " "))
		}
		s := strings.Join(cs, " | ")
		if r := pl.Redirect; r != nil {
			s += " " + r.operator() + " " + dumpWord(r.Target)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ; ")
}

func dumpWord(w *Word) string { return dumpPieces(w.Pieces) }

func dumpPieces(ps []Piece) string {
	s := ""
	for _, p := range ps {
		switch p := p.(type) {
		case *Lit:
			q := fmt.Sprintf("%q", p.Text)
			s += p.Quote.mark() + q[1:len(q)-1] + p.Quote.mark()
		case *Placeholder:
			s += "${" + p.Source + "}"
		case *Subst:
			s += "$(" + dump(p.Program) + ")"
		}
	}
	return "[" + s + "]"
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{"", ""}, {" \n;\n # c\n", ""},
		{"obj ~/www -cqn", "[obj] [~/www] [-cqn]"},
		{"a;b\nc ; d\r\n;e", "[a] ; [b] ; [c] ; [d] ; [e]"},
		{"a|b | c |\n\n # x\n d", "[a] | [b] | [c] | [d]"},
		{"a \\\n  | b", "[a] | [b]"}, {"a \\\r\n\t| b\\\nc", "[a] | [bc]"}, {"a \\\n", "[a]"},
		{"cat id:${id} \\\n  | www checkme id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -u",
			"[cat] [id:${id}] | [www] [checkme] [id:${http-qs-site?unkonw}] [${http-qs-ticket?-nil-}] [-u]"},
		// redirects
		{"a > ~/x", "[a] > [~/x]"}, {"a|b>>x;c", "[a] | [b] >> [x] ; [c]"}, {"a->b", "[a-] > [b]"}, {"a >x # c", "[a] > [x]"}, {"a 2 >x", "[a] [2] > [x]"},
		{"a '2'>x", "[a] ['2'] > [x]"}, {"echo $(a>b)", "[echo] [$([a] > [b])]"},
		// quotes and escapes
		{`a '' "" ''"" ''x`, `[a] [''] [""] [""] [x]`},
		{`'a b'"c d"e\ f`, `['a b'"c d"e f]`},
		{`a\n\;\|\'\"\\\#\$\{`, `[an;|'\"\\#${]`},
		{`"a\n\"\\\$\` + "`" + `\x"`, `["a\\n\"\\$` + "`" + `\\x"]`},
		{"\"a\\\nb\\\r\nc\"", `["abc"]`}, {"'a\\\nb'", `['a\\\nb']`}, {"'a\r\nb'", `['a\r\nb']`},
		{`'a\b$c"d'`, `['a\\b$c\"d']`},
		{"a#b #c", "[a#b]"}, {`""#b`, "[#b]"}, {"a\\\n#c", "[a#c]"}, {"a \\\n#c", "[a]"}, {"a;#c\nb", "[a] ; [b]"},
		{"{a:1,b:[x]} *? !~=", "[{a:1,b:[x]}] [*?] [!~=]"},
		{"\ufeffa", "[a]"}, {"a\\\u3000b", `[a\u3000b]`}, {"'\u3000'", `['\u3000']`},
		// dollars
		{"a$ $ $b '$' \"$\" 1$2", "[a$] [$] [$b] ['$'] [\"$\"] [1$2]"},
		{"$${x} '$${x}' \"$${x}\" $$$$ a$$b $$$x", "[${x}] ['${x}'] [\"${x}\"] [$$] [a$b] [$$x]"},
		{`\${x} "\${x}" $$'('`, `[${x}] ["${x}"] [$'(']`},
		{"${a}b'${c}d'\"e${f}\"", "[${a}b${c}'d'\"e\"${f}]"},
		{"'$(x)' '`x`'", "['$(x)'] ['`x`']"},
		// substitutions
		{"echo $(a b|c;d\n e) x", "[echo] [$([a] [b] | [c] ; [d] ; [e])] [x]"},
		{"echo `a b`c\"x`d`y$(e)\"", "[echo] [$([a] [b])c\"x\"$([d])\"y\"$([e])]"},
		{`a "$(b "$(c 'd)' # e` + "\n" + `)")"`, `[a] [$([b] [$([c] ['d)'])])]`},
		{"`a $(b `c`)`", "[$([a] [$([b] [$([c])])])]"},
		{"a$(b)${c}`d`", "[a$([b])${c}$([d])]"},
		{"$(a)# b", "[$([a])#] [b]"},
	}
	for _, tt := range tests {
		p, err := Parse(tt.src, Pos{})
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.src, err)
			continue
		}
		if got := dump(p); got != tt.want {
			t.Errorf("Parse(%q) =\n%s; want\n%s", tt.src, got, tt.want)
		}
		roundTrip(t, p)
	}
}

// roundTrip checks that the program's text is the same program again, and the
// same text again.
func roundTrip(t *testing.T, p *Program) {
	t.Helper()
	text := p.String()
	back, err := Parse(text, Pos{})
	switch {
	case err != nil:
		t.Errorf("printed %q: %v", text, err)
	case !Equal(p, back):
		t.Errorf("printed %q: %s; want %s", text, dump(back), dump(p))
	case back.String() != text:
		t.Errorf("printed %q, then %q", text, back.String())
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		src, msg   string
		incomplete bool
	}{
		{"a && b", `1:3: "&&" is not part of the language: put it in quotes to make it text, or write ";" between two commands`, false},
		{"a || b", `1:3: "||" is not part of the language: put it in quotes to make it text, or write one "|" for a pipe`, false},
		{"a x?a=1&b", `1:8: "&" is not part of the language: put it in quotes to make it text`, false},
		{"a < b", `1:3: "<" is not part of the language: put it in quotes to make it text, or write "cat FILE |" before the command`, false},
		{"小 (b)", `1:3: "(" is not part of the language: put it in quotes to make it text, or write $(…) for the output of a command`, false},
		{"a\n b)", `2:3: ")" without its "$(": put it in quotes to make it text`, false},
		{"a 2> b", `1:4: there are no numbered streams: put a blank between 2 and ">" when it is an argument`, false},
		{"a\n| b", `2:1: a command is missing before "|" (a line goes on from the one above only when that one ends with "\")`, false},
		{"a | | b", `1:5: a command is missing after "|"`, false},
		{"a |; b", `1:4: a command is missing after "|"`, false},
		{"a |\n", `2:1: a command is missing after "|"`, true},
		{"a | ", `1:5: a command is missing after "|"`, true},
		{"a \\", `1:3: a "\" at the very end: the next line is missing`, true},
		{"a \\ \t\n| b", `1:3: blanks after the "\" at the end of the line: remove them`, false},
		{"> b", `1:1: a command is missing before ">"`, false},
		{"a >> ", `1:6: a path is missing after ">>"`, false},
		{"a > b c", `1:7: a redirect ends its pipeline: ">" takes one word, and nothing may follow but ";" or a new line`, false},
		{"a > b | c", `1:7: a redirect ends its pipeline: ">" takes one word, and nothing may follow but ";" or a new line`, false},
		{"a 'b\nc", `1:3: the single quote is not closed`, true},
		{"a\n \"b", `2:2: the double quote is not closed`, true},
		{`a "$(b "c")`, `1:3: the double quote is not closed`, true},
		{"a `b", "1:3: the back quote is not closed", true},
		{"a $(b", `1:3: "$(" is not closed: ")" is missing`, true},
		{"a $( )", `1:3: the substitution is empty: a command is missing in it`, false},
		{"a $(b |)", `1:8: a command is missing after "|"`, false},
		{"a\u3000b", "1:2: a wide, no-break or invisible blank that is not quoted: write an ordinary blank, or put it in quotes to make it text", false},
		{"\ufeff\ufeffa", "1:2: a wide, no-break or invisible blank that is not quoted: write an ordinary blank, or put it in quotes to make it text", false},
		{"a | b > c d\n 'x", `1:11: a redirect ends its pipeline: ">" takes one word, and nothing may follow but ";" or a new line`, false},
		{strings.Repeat("$(", 33), "1:65: substitutions are nested deeper than 32", false},
	}
	for _, tt := range tests {
		_, err := Parse(tt.src, Pos{})
		checkError(t, tt.src, err, tt.msg, tt.incomplete)
	}
}

func checkError(t *testing.T, src string, err error, msg string, incomplete bool) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Error() != msg || e.Incomplete != incomplete {
		t.Errorf("%q: %v, %+v; want %s, %v", src, err, e, msg, incomplete)
	}
}

func TestPositionsAreExact(t *testing.T) {
	t.Parallel()
	p, err := Parse("a 'x小'${k} \\\n  | b \"$(c)\" > d # e\n小 f", Pos{Offset: 100, Line: 7, Col: 5})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	Walk(p, func(node any) bool {
		switch n := node.(type) {
		case *Pipeline:
			got = append(got, "pipeline "+n.Pos.String())
		case *Command:
			got = append(got, "command "+n.Pos.String())
		case *Redirect:
			got = append(got, "redirect "+n.Pos.String())
		case *Word:
			got = append(got, "word "+n.Pos.String())
		case Piece:
			got = append(got, fmt.Sprintf("%d@%v", n.Position().Offset, n.Position()))
		}
		return true
	})
	want := "pipeline 7:5 command 7:5 word 7:5 100@7:5 word 7:7 103@7:8 108@7:11 command 8:5 word 8:5 119@8:5 word 8:7 122@8:8 " +
		"pipeline 8:10 command 8:10 word 8:10 124@8:10 redirect 8:14 word 8:16 130@8:16 pipeline 9:1 command 9:1 word 9:1 136@9:1 word 9:3 140@9:3"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if c := p.Comments[0]; c.Text != "# e" || c.Pos.String() != "8:18" {
		t.Errorf("%+v", c)
	}
}

func TestParseTemplate(t *testing.T) {
	t.Parallel()
	ps, err := ParseTemplate("a 'b' \\ $(c) | $x $${d}${e?1} \"${f}\"\n", Pos{Line: 3, Col: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := dumpPieces(ps); got != `[a 'b' \\ $(c) | $x ${d}${e?1} \"${f}\"\n]` || len(ps) != 5 {
		t.Errorf("%d: %s", len(ps), got)
	}
	if ps, err := ParseTemplate("", Pos{}); ps != nil || err != nil {
		t.Error(ps, err)
	}
	_, err = ParseTemplate("a\n ${", Pos{Line: 3, Col: 1})
	checkError(t, "template", err, `4:2: the placeholder "${" is not closed: "}" is missing`, true)
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	p, err := Parse(`a'b'"c" a${x} $(y) ''`, Pos{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range p.Pipelines[0].Commands[0].Words {
		text, ok := w.Literal()
		got = append(got, fmt.Sprint(text, ok))
	}
	if s := strings.Join(got, " "); s != "abctrue false false true" {
		t.Error(s)
	}
}
