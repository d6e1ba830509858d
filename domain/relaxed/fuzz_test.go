package relaxed

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	`{a:1,'b':"x\n",c:[0x1F,.5,+1,5.,],d:null,/*c*/e:http://x/y}`, `role:"GOD"`, `"\ud83d\ude00"`, `[1//x` + "\n]",
	`{a:"^x«0»y",b:«1»,c:k«2»}`, `{«0»:1}`, `{"a":1,"a":{"b":[true,false]}}`, "'a\\\r\nb'", `{\u0061:-0}`, "\ufeff12:30", `[NaN]`, "{\xff:'\xc3'}",
}

func addSeeds(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
}

func FuzzToJSONIsValidAndStable(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		out, err := ToJSON(src)
		n, perr := Parse(src)
		if (err == nil) != (perr == nil) || err != nil && err.Error() != perr.Error() {
			t.Fatalf("ToJSON: %v; Parse: %v", err, perr)
		}
		if err != nil {
			if e := err.(*Error); e.Offset < 0 || e.Offset > len(src) || e.Msg == "" || !utf8.ValidString(e.Msg) {
				t.Fatalf("%#v", e)
			}
			return
		}
		if !json.Valid(out) {
			t.Fatalf("not valid: %s", out)
		}
		if again, err := ToJSON(string(out)); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%s then %s, %v", out, again, err)
		}
		if tree := n.AppendJSON(nil); !bytes.Equal(tree, out) {
			t.Fatalf("tree %s, direct %s", tree, out)
		}
	})
}

func FuzzStrictJSONKeepsItsMeaning(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		want, ok := decode([]byte(src))
		if !ok || !utf8.ValidString(src) || strings.Count(src, "[")+strings.Count(src, "{") > maxDepth {
			return
		}
		out, err := ToJSON(src)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := decode(out); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v; want %v", got, want)
		}
	})
}

func decode(src []byte) (v any, ok bool) {
	if !json.Valid(src) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

func FuzzLayoutKeepsTheMeaning(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		compact, indented := AppendCompact(nil, []byte(src)), AppendIndent(nil, []byte(src), "\t")
		if !json.Valid([]byte(src)) {
			return
		}
		var c, i bytes.Buffer
		if json.Compact(&c, []byte(src)) != nil || !bytes.Equal(c.Bytes(), compact) {
			t.Fatalf("compact %s; want %s", compact, &c)
		}
		if strings.Count(src, "[")+strings.Count(src, "{") > maxDepth {
			return
		}
		if json.Indent(&i, bytes.TrimSpace([]byte(src)), "", "\t") != nil || !bytes.Equal(i.Bytes(), indented) {
			t.Fatalf("indented %s; want %s", indented, &i)
		}
	})
}

func FuzzAppendStringDecodesToTheText(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil || got != string([]rune(s)) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func FuzzDataNeverChangesTheShape(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, `x",role:"admin`, true)
		f.Add(s, "\xff{${x}}\u2028", false)
	}
	f.Add(`{a:"«0»",b:[«1»]}`, "-1.5e3", true)
	f.Fuzz(func(t *testing.T, src, data string, isJSON bool) {
		n, err := ParsePieces(pieces(src))
		if err != nil {
			return
		}
		fill := func(int) Value { return Value{Text: data, JSON: isJSON} }
		b := n.Bind(fill)
		if b.HasHoles() {
			t.Fatal("a hole is left")
		}
		sameShape(t, n, b, fill(0))
		out := n.AppendFilled(nil, fill)
		if tree := b.AppendJSON(nil); !json.Valid(out) || !bytes.Equal(out, tree) {
			t.Fatalf("filled %s, bound %s", out, tree)
		}
		back, err := Parse(string(out))
		if err != nil {
			t.Fatal(err)
		}
		sameShape(t, b, back, Value{})
	})
}

// sameShape checks kinds, keys and order of a document and of the filled one.
func sameShape(t *testing.T, n, b *Node, v Value) {
	t.Helper()
	switch {
	case n.Kind == Hole && v.scalar():
		if b.Kind > Number || string(b.AppendJSON(nil)) != v.Text {
			t.Fatalf("%q became %+v", v.Text, b)
		}
	case n.Kind == Hole:
		if b.Kind != String || b.String() != repair(v.Text) {
			t.Fatalf("%q became %+v", v.Text, b)
		}
	case n.Kind != b.Kind || len(n.Items) != len(b.Items) || len(n.Fields) != len(b.Fields) || n.Raw != b.Raw:
		t.Fatalf("%+v became %+v", n, b)
	}
	if n.Kind == String {
		if want := wantText(n, v); b.String() != want {
			t.Fatalf("%q; want %q", b.String(), want)
		}
	}
	for i := range n.Items {
		sameShape(t, n.Items[i], b.Items[i], v)
	}
	for i := range n.Fields {
		if n.Fields[i].Key != b.Fields[i].Key {
			t.Fatalf("key %q became %q", n.Fields[i].Key, b.Fields[i].Key)
		}
		sameShape(t, n.Fields[i].Value, b.Fields[i].Value, v)
	}
}

func wantText(n *Node, v Value) string {
	parts := slices.Collect(func(yield func(string) bool) {
		for _, c := range n.Text {
			if c.Hole >= 0 {
				c.Text = repair(v.inText())
			}
			if !yield(c.Text) {
				return
			}
		}
	})
	return strings.Join(parts, "")
}
