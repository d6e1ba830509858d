package syntax

import "testing"

func TestString(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{"a;b|c>>d", "a\nb | c >> d\n"},
		{"cat id:${id} \\\n  | www 'x y' \"z\"", "cat id:${id} | www 'x y' \"z\"\n"},
		{`a\ b it\'s "it's" '-u' a\"b #c`, `'a b' "it's" "it's" '-u' 'a"b' #c` + "\n"},
		{"a `b;c` \"x`d`\"", "a $(b; c) \"x$(d)\"\n"},
		{"# one\n\na # two\n# three\nb | # four\nc\n# five", "# one\na # two\n# three\nb | c\n# four\n# five\n"},
		{"a $(b # x\n)", "a $(\nb # x\n)\n"},
		{"$${a} a$$ '$$(' \"$$${b}\" $a$", "$${a} a$ '$$(' \"$$${b}\" $a$\n"},
		{"${ a | b.c[ 0 ] <::A = B> ?$$x}", "${a|b.c[0]<::A=B>?$$x}\n"},
		{"'' \"\"x \"\"", `"" x ""` + "\n"},
	}
	for _, tt := range tests {
		p, err := Parse(tt.src, Pos{})
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.src, err)
			continue
		}
		if got := p.String(); got != tt.want {
			t.Errorf("%q prints as %q; want %q", tt.src, got, tt.want)
		}
		roundTrip(t, p)
	}
}

func TestACommentCannotEscapeItsLine(t *testing.T) {
	t.Parallel()
	p := &Program{Comments: []Comment{{Text: "x\nrm ~/"}, {Text: "#y\rz"}}}
	if got := p.String(); got != "# x rm ~/\n#y z\n" {
		t.Errorf("%q", got)
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	equal := [][2]string{
		{"a 'b'c # x", "a b'c'"}, {"a;b", "a\n\nb"}, {"`a`", "$(a)"}, {"a \"${x}\"", "a ${ x }"}, {"a ''b", "a b"}, {"a \\\n|b", "a|b"},
		{"${a<int:>}", "${a<int>}"}, {"${'a'.b}", "${a.'b'}"}, {"''", `""`},
	}
	differ := [][2]string{
		{"a", "b"}, {"a b", "ab"}, {"a;b", "a|b"}, {"a>b", "a>>b"}, {"a>b", "a b"}, {"a ${x}", "a '$${x}'"}, {"${a}", "${b}"}, {"${a}", "${a?}"}, {"${a?b}", "${a?@b}"},
		{"${a?@b}", "${a?@c}"}, {"${a<int>}", "${a}"}, {"${a<int>}", "${a<float>}"}, {"${a<::a=b>}", "${a<::a=c>}"}, {"${'a.b'}", "${a.b}"}, {"$(a)", "$(b)"}, {"a", "$(a)"},
		{"a ''", "a"}, {"${'0'}", "${0}"}, {"a>b", "a>c"},
	}
	for i, pair := range append(equal, differ...) {
		a, errA := Parse(pair[0], Pos{})
		b, errB := Parse(pair[1], Pos{})
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if want := i < len(equal); Equal(a, b) != want || Equal(b, a) != want {
			t.Errorf("Equal(%q, %q) is not %v", pair[0], pair[1], want)
		}
	}
	if Equal(nil, &Program{}) || !Equal(nil, nil) {
		t.Error("nil")
	}
}

func TestWalkLeavesOutWhatIsRefused(t *testing.T) {
	t.Parallel()
	p, err := Parse("a ${x} $(b ${y}) > c${z}", Pos{})
	if err != nil {
		t.Fatal(err)
	}
	count := func(refuse func(any) bool) (n int) {
		Walk(p, func(node any) bool {
			if _, ok := node.(*Placeholder); ok {
				n++
			}
			return !refuse(node)
		})
		return n
	}
	if n := count(func(any) bool { return false }); n != 3 {
		t.Error(n)
	}
	if n := count(func(node any) bool { _, ok := node.(*Subst); return ok }); n != 2 {
		t.Error(n)
	}
	if n := count(func(node any) bool { _, ok := node.(*Command); return ok }); n != 1 {
		t.Error(n)
	}
	if n := count(func(node any) bool { _, ok := node.(*Redirect); return ok }); n != 2 {
		t.Error(n)
	}
}
