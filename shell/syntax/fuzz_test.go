package syntax

import (
	"errors"
	"testing"
)

func addSeeds(f *testing.F) {
	for _, s := range append(scripts,
		"a 'b c' \"d $(e `f` \\\" '${g}') ${h|i.j[0]<int:%03d>?{k}}\" # l\n", "a|b|\n c >> d", "$${x}$$(", "a$'b'", "${'x.y'<::A=B,C=D>?@z.1}",
		"a \\\r\n| b", "a $(b # c\n; d)", "`a $(b `c`)`", "a && b", "a 2>b", "# x\n#y", "\ufeffa\u3000b", "\"\\\"\\$\\`\\\\\\x\"",
	) {
		f.Add(s)
	}
}

func FuzzPrintIsTheInverseOfParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse(src, Pos{})
		if err == nil {
			roundTrip(t, p)
			return
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Msg == "" || e.Pos.Line < 1 || e.Pos.Col < 1 || e.Pos.Offset < 0 || e.Pos.Offset > len(src) {
			t.Fatalf("%#v", err)
		}
	})
}

func FuzzPositionsAreThoseOfTheText(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse(src, Pos{})
		if err != nil {
			return
		}
		last := -1
		Walk(p, func(node any) bool {
			n, ok := node.(Piece)
			if !ok {
				return true
			}
			at := n.Position()
			fresh := place{src: src, base: Pos{0, 1, 1}, last: Pos{0, 1, 1}}
			if at.Offset <= last || fresh.at(at.Offset) != at {
				t.Fatalf("%+v behind %d; want %+v", at, last, fresh.at(at.Offset))
			}
			last = at.Offset
			return true
		})
	})
}

func FuzzALiteralKeepsItsExactText(f *testing.F) {
	for _, s := range []string{"", "-u", "a b", "it's", "$${x}", "\\", "a\r\nb", "\xff\x00", "\u3000", "#", "`$(x)`", "\"'"} {
		f.Add(s, "$", uint8(0), uint8(1))
	}
	f.Fuzz(func(t *testing.T, a, b string, qa, qb uint8) {
		w := &Word{Pieces: []Piece{&Lit{Text: a, Quote: Quote(qa % 3)}, &Lit{Text: b, Quote: Quote(qb % 3)}}}
		p, err := Parse("x "+w.String()+" y", Pos{})
		if err != nil {
			t.Fatal(err)
		}
		words := p.Pipelines[0].Commands[0].Words
		if len(words) != 3 {
			t.Fatalf("%d words", len(words))
		}
		if got, ok := words[1].Literal(); !ok || got != a+b {
			t.Fatalf("%q from %q", got, w)
		}
	})
}

func FuzzPlaceholdersNeverPanicAndPrintTheSame(f *testing.F) {
	for _, s := range []string{"a", "a|b<int:%03d>?0", "x<::A=Apple,B=Banana>", "'a.b'[0].1?@c", "a?$${b}{}", "a<:%s>?", "[0]", "a."} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, in string, q uint8) {
		mark := Quote(q % 3).mark()
		p, err := Parse(mark+"${"+in+"}"+mark, Pos{})
		if err == nil {
			roundTrip(t, p)
		}
	})
}

func FuzzTemplatesHoldTheirText(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		ps, err := ParseTemplate(src, Pos{})
		if err != nil {
			return
		}
		text := ""
		for _, p := range ps {
			switch p := p.(type) {
			case *Lit:
				pr := &printer{}
				pr.literal(p.Text, Bare, true)
				text += pr.String()
			case *Placeholder:
				text += "${" + p.Source + "}"
			default:
				t.Fatalf("%T", p)
			}
		}
		again, err := ParseTemplate(text, Pos{})
		if err != nil || dumpPieces(again) != dumpPieces(ps) {
			t.Fatalf("%q then %q, %v", src, text, err)
		}
	})
}
