package relaxed

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestToJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, want string }{
		{`{}`, `{}`}, {`[]`, `[]`}, {` [ 1 , 2 , ] `, `[1,2]`}, {"\ufeff{a:1}", `{"a":1}`},
		{`{nm:"x", 'age' : 3, "c":null,}`, `{"nm":"x","age":3,"c":null}`},
		{`{a:true,b:false,c:null,d:undefined}`, `{"a":true,"b":false,"c":null,"d":"undefined"}`},
		// comments
		{"// one\n{ // two\n a /*3*/ : /*4*/ 1 // five\n, b:2/* six */}//7", `{"a":1,"b":2}`},
		{`[1//x`, ""}, {`/**/1/**/`, `1`}, {`[true//x` + "\n]", `[true]`}, {`[null/*x*/,-1.5/**/]`, `[null,-1.5]`},
		{`/* open`, ""}, {`{a:1/* open`, ""},
		// bare words
		{`{a:abc,b:a.b-c_d,c:小白}`, `{"a":"abc","b":"a.b-c_d","c":"小白"}`},
		{`{site:id:34t6,p:~/www,u:http://x.com/a/*,re:^1[`, ""},
		{`{site:id:34t6,p:~/www,u:http://x.com/a/*}`, `{"site":"id:34t6","p":"~/www","u":"http://x.com/a/*"}`},
		{`[role:admin, !x, ~~x, a*b, notNil]`, `["role:admin","!x","~~x","a*b","notNil"]`},
		{`[a b]`, ""}, {`[a"b"]`, ""}, {`[it's]`, ""}, {`[a[0]]`, ""}, {`[a\d]`, ""}, {`[\d]`, ""}, {`[a{b}]`, ""},
		{`[truex,nullx,1x,1.2.3,2020-01-01,12:30,-,+,.,1e,1e+,0x,0xg,--1,+-1,e5]`,
			`["truex","nullx","1x","1.2.3","2020-01-01","12:30","-","+",".","1e","1e+","0x","0xg","--1","+-1","e5"]`},
		{"[a\u3000,b\u00a0]", `["a","b"]`},
		// numbers
		{`[0,-0,1,-1,1.5,1e5,1E-5,1.5e+10,12345678901234567890123]`, `[0,-0,1,-1,1.5,1e5,1E-5,1.5e+10,12345678901234567890123]`},
		{`[0x10,-0xfF,+1,.5,-.5,+.5,5.,-5.,5.e3,.5e3,+0x1]`, `[16,-255,1,0.5,-0.5,0.5,5,-5,5e3,0.5e3,1]`},
		{`[0xffffffffffffffffffff]`, `[1208925819614629174706175]`},
		{`{phone:13910001000, code:010, z:00, m:-01}`, `{"phone":13910001000,"code":"010","z":"00","m":"-01"}`},
		{`[NaN]`, ""}, {`-Infinity`, ""}, {`{a:+Infinity}`, ""}, {`["NaN",Infinityx]`, `["NaN","Infinityx"]`},
		// strings
		{`['a"b',"a'b",'a\'b',"a\"b"]`, `["a\"b","a'b","a'b","a\"b"]`},
		{`['，：“”', "“", ！；‘’]`, `["，：“”","“","！；‘’"]`}, {`{"，":1}`, `{"，":1}`},
		{`"\b\f\n\r\t\v\0\/\\\q"`, `"\b\f\n\r\t\u000b\u0000/\\q"`},
		{`"\x41\u4f60\ud83d\ude00\ud83d\ude0"`, ""},
		{`"\x41\u4f60\ud83d\ude00"`, `"A你😀"`},
		{`["\ud83d","\ud83dx","\ude00","\ud83d\u0041"]`, "[\"\ufffd\",\"\ufffdx\",\"\ufffd\",\"\ufffdA\"]"},
		{"'a\\\nb\\\r\nc\\\rd\\\u2028e\\\u2029f'", `"abcdef"`},
		{"\"tab\there\u2028\"", `"tab\there\u2028"`},
		{"'a\nb'", ""}, {"'a\rb'", ""}, {`'a`, ""}, {`"a\`, ""}, {`"\x4"`, ""}, {`"\u00g0"`, ""}, {`"\1"`, ""}, {`"\00"`, ""},
		{"'\xff\xfe'", ""}, {"[a\xffb]", ""}, {"{\xff:1}", ""}, {"1 /*\xff*/", ""}, {"'\xed\xa0\x80'", ""}, {"'\ufffd'", "\"\ufffd\""},
		// keys
		{`{http-header-Content-Type:x, a.b:1, !nm:2, 中文:3, $a:4, 1:5, "":6, \u0061b:7}`,
			`{"http-header-Content-Type":"x","a.b":1,"!nm":2,"中文":3,"$a":4,"1":5,"":6,"ab":7}`},
		{`{:1}`, ""}, {`{a}`, ""}, {`{a,b}`, ""}, {`{a:}`, ""}, {`{a:,}`, ""}, {`{,}`, ""}, {`{\x:1}`, ""}, {`{a b:1}`, ""}, {`{a::b}`, ""},
		{`{a:1,b:2,a:3}`, `{"a":3,"b":2}`}, {`{a:{x:1,x:2},b:[{y:1,y:[]}],a:0}`, `{"a":0,"b":[{"y":[]}]}`},
		{`{a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,b:2,j:2,k:1}`, `{"a":1,"b":2,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":2,"k":1}`},
		// top level
		{`role:"GOD"`, `{"role":"GOD"}`}, {`role : GOD, a:[1], `, `{"role":"GOD","a":[1]}`}, {`"role":1`, `{"role":1}`}, {`a:1}`, ""}, {`a:1 b:2`, ""},
		{`id:abc`, `{"id":"abc"}`}, {"a:// c\n1", ""}, {"a: // c\n1", `{"a":1}`},
		{`http://x.com/?a=1`, `"http://x.com/?a=1"`}, {`12:30`, `"12:30"`}, {`abc`, `"abc"`}, {`13`, `13`}, {`"x"`, `"x"`}, {`null`, `null`},
		{``, ""}, {` /* */ `, ""}, {`1 2`, ""}, {`{} x`, ""}, {`]`, ""}, {`[1,,2]`, ""}, {`[,1]`, ""}, {`[1}`, ""}, {`[`, ""}, {`{`, ""}, {`{a:1`, ""},
		{strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat("[", 200) + strings.Repeat("]", 200)},
		{strings.Repeat("[", 201) + strings.Repeat("]", 201), ""},
	}
	for _, tt := range tests {
		got, err := ToJSON(tt.src)
		if string(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("ToJSON(%q) = %s, %v; want %s", tt.src, got, err, tt.want)
		}
		n, perr := Parse(tt.src)
		if perr != nil {
			if err == nil || perr.Error() != err.Error() {
				t.Errorf("Parse(%q): %v, but ToJSON: %v", tt.src, perr, err)
			}
			continue
		}
		if got := string(n.AppendJSON(nil)); got != tt.want {
			t.Errorf("Parse(%q) = %s; want %s", tt.src, got, tt.want)
		}
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		src    string
		offset int
		msg    string
	}{
		{``, 0, `there is no value: the text is empty`},
		{`{a:1`, 4, `"}" is missing at the end`},
		{`[1, `, 4, `"]" is missing at the end`},
		{`{`, 1, `"}" is missing at the end`},
		{`{a:hello world}`, 9, `"," or "}" is missing before "w" (text that holds blanks needs quotes)`},
		{`{a:x,y}`, 6, `":" is missing after the key "y", before "}" (text that holds "," or blanks needs quotes)`},
		{`{a:it's}`, 5, `"'" inside an unquoted word: put the whole value in quotes`},
		{`{a:^\d}`, 4, `"\\" inside an unquoted word: put the whole value in quotes`},
		{`[1,,2]`, 3, `a value is missing before ","`},
		{`{a:"x`, 3, `the string has no closing "`},
		{"{a:'x\n'}", 5, `a line break inside a string: close the quote, or write \n`},
		{`{a:NaN}`, 3, `JSON has no number NaN: put it in quotes to make it text`},
		{`{a:x，b:1}`, 4, `a wide ， outside quotes: use the one of ASCII, or put the text in quotes`},
		{`{nm：“x”}`, 3, `a wide ： outside quotes: use the one of ASCII, or put the text in quotes`},
		{`{nm:“x”}`, 4, `a wide “ outside quotes: use the one of ASCII, or put the text in quotes`},
		{`nm：x`, 2, `a wide ： outside quotes: use the one of ASCII, or put the text in quotes`},
		{`{} {}`, 3, `unexpected "{" after the end of the value (text that holds blanks needs quotes)`},
		{`a:1}`, 3, `"," is missing before "}"`},
		{`[1 /* `, 3, `the comment has no end: "*/" is missing`},
	}
	for _, tt := range tests {
		_, err := Parse(tt.src)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Offset != tt.offset || e.Msg != tt.msg {
			t.Errorf("Parse(%q): %#v; want %d %s", tt.src, err, tt.offset, tt.msg)
		}
	}
}

func TestLineCol(t *testing.T) {
	t.Parallel()
	src := "{a:1,\n 小:x y}"
	for _, tt := range []struct{ offset, line, col int }{
		{0, 1, 1}, {5, 1, 6}, {6, 2, 1}, {11, 2, 4}, {len(src), 2, 8}, {99, 2, 8}, {-1, 1, 1},
	} {
		if line, col := LineCol(src, tt.offset); line != tt.line || col != tt.col {
			t.Errorf("LineCol(%d) = %d:%d; want %d:%d", tt.offset, line, col, tt.line, tt.col)
		}
	}
}

func TestNodesKnowTheirOffset(t *testing.T) {
	t.Parallel()
	n, err := ParsePieces([]Piece{{Text: `{a: [1, `, Hole: -1}, {Hole: 7}, {Text: `], b:x}`, Hole: -1}})
	if err != nil {
		t.Fatal(err)
	}
	items := n.Fields[0].Value.Items
	got := []int{n.Offset, n.Fields[0].Value.Offset, items[0].Offset, items[1].Offset, n.Fields[1].Value.Offset}
	for i, want := range []int{0, 4, 5, 8, 13} {
		if got[i] != want {
			t.Errorf("offset %d is %d; want %d", i, got[i], want)
		}
	}
}

func TestBlanksAreThoseOfJSON5(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := r >= '\t' && r <= '\r' || r == '\ufeff' || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Zs, r)
		if isBlank(r) != want {
			t.Errorf("%U is %v", r, !want)
		}
	}
}
