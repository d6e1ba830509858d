package relaxed

import (
	"fmt"
	"strings"
	"testing"
)

// pieces splits a source at its «n» holes.
func pieces(src string) []Piece {
	var ps []Piece
	for {
		text, rest, ok := strings.Cut(src, "«")
		ps = append(ps, Piece{Text: text, Hole: -1})
		if !ok {
			return ps
		}
		p := Piece{}
		var num string
		num, src, _ = strings.Cut(rest, "»")
		fmt.Sscan(num, &p.Hole)
		ps = append(ps, p)
	}
}

func TestDataFillsHolesAndStaysData(t *testing.T) {
	t.Parallel()
	values := []Value{
		{Text: `x",role:"admin`}, {Text: "^.*"}, {}, {Text: "7", JSON: true}, {Text: "null", JSON: true},
		{Text: `{"a":1}`, JSON: true}, {Text: "7"}, {Text: "a\nb\xff"}, {Text: "false", JSON: true}, {Text: "1 ", JSON: true},
	}
	tests := []struct{ src, want string }{
		{`{nm:"«0»"}`, `{"nm":"x\",role:\"admin"}`},
		{`{nm:'«0»',n:1}`, `{"nm":"x\",role:\"admin","n":1}`},
		{`{nm:«0»}`, `{"nm":"x\",role:\"admin"}`},
		{`{nm:a«1»b«2»}`, `{"nm":"a^.*b"}`},
		{`[«3»,"«3»",n«3»,«3»«3»,1«3»]`, `[7,"7","n7","77","17"]`},
		{`[«4»,"«4»",x«4»]`, `[null,"","x"]`},
		{`[«5»,«6»,«8»,«9»]`, `["{\"a\":1}","7",false,"1 "]`},
		{`«7»`, `"a\nb` + "\ufffd" + `"`},
		{`"«2»"`, `""`},
		{`role:«1»`, `{"role":"^.*"}`},
		{`http://«6»/«6»:«6»`, `"http://7/7:7"`},
		{`{a:1/*«0»*/,b://«0»` + "\n" + `2}`, `{"a":1,"b":2}`},
		{`{a:tru«2»}`, `{"a":"tru"}`},
		{`{a:«0» /*c*/ , b:2}`, `{"a":"x\",role:\"admin","b":2}`},
		{`{a:/«2»/ x}`, ""}, {`{a:1«2»//x` + "\n}", `{"a":"1//x"}`},
		{`{«0»:1}`, ""}, {`{a«0»:1}`, ""}, {`{"a«0»":1}`, ""}, {`{a «0»:1}`, ""}, {`{'«0»':1}`, ""},
		{`«0»:1`, ""}, {`a«0»:1`, ""}, {`"a«0»":1`, ""},
		{`{a:"\«0»"}`, ""}, {`{a:"\u00«6»"}`, ""}, {`{a:"x"«0»}`, ""}, {`{a:«0»"x"}`, ""}, {`[1]«0»`, ""}, {`«0» «0»`, ""}, {`{a:"«0»`, ""},
	}
	for _, tt := range tests {
		n, err := ParsePieces(pieces(tt.src))
		if (err != nil) != (tt.want == "") {
			t.Errorf("ParsePieces(%s): %v", tt.src, err)
		}
		if err != nil {
			continue
		}
		fill := func(h int) Value { return values[h] }
		if got := string(n.AppendFilled(nil, fill)); got != tt.want {
			t.Errorf("%s filled = %s; want %s", tt.src, got, tt.want)
		}
		b := n.Bind(fill)
		if got := string(b.AppendJSON(nil)); got != tt.want || b.HasHoles() {
			t.Errorf("%s bound = %s; want %s", tt.src, got, tt.want)
		}
	}
}

func TestBindMarksWhatIsData(t *testing.T) {
	t.Parallel()
	n, err := ParsePieces(pieces(`{a:"^x«0»y",b:«1»,c:[lit]}`))
	if err != nil {
		t.Fatal(err)
	}
	if !n.HasHoles() || n.Fields[2].Value.HasHoles() {
		t.Error("HasHoles is wrong")
	}
	if k := n.Fields[1].Value; k.Kind != Hole || k.Hole != 1 {
		t.Errorf("the hole is %+v", k)
	}
	b := n.Bind(func(h int) Value { return Value{Text: fmt.Sprint("v", h)} })
	if got := fmt.Sprint(b.Fields[0].Value.Text, b.Fields[1].Value.Text, b.Fields[2].Value.Items[0].Text); got !=
		"[{^x false -1} {v0 true -1} {y false -1}] [{v1 true -1}] [{lit false -1}]" {
		t.Error(got)
	}
	if got := b.Fields[0].Value.String(); got != "^xv0y" {
		t.Error(got)
	}
	if b.Fields[2].Value != n.Fields[2].Value || n.Fields[0].Value.Text[1].Hole != 0 {
		t.Error("what has no hole is shared, and the document stays as it was")
	}
	if got := n.String(); got != `{"a":"^xy","b":"","c":["lit"]}` {
		t.Error(got)
	}
}
