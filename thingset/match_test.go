package thingset

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	ms := time.Date(2020, 1, 1, 0, 0, 0, 0, time.Local).UnixMilli()
	body := strings.NewReplacer("MS", fmt.Sprint(ms)).Replace(`{"id":"x1","nm":"Xiao Bai","age":18,"txt":"18","f":18.50,"big":9007199254740993,
		"no":null,"empty":"","blank":" \t","yes":true,"off":false,"tags":["a","b","B*"],"none":[],"obj":{},"nums":[1,50],
		"addr":{"city":"北京","zip":"100000"},"list":[{"a":1,"b":"x"},{"a":2,"b":"y"}],
		"day":"2020-01-01","time":"2020-01-01 12:30:00","ms":MS,"odd":"^.*","br":"[0,)","a.b":"dotted","*":"star","phone":"13910110054"}`)
	for _, c := range []struct {
		match string
		want  bool
	}{
		{`{}`, true}, {`[]`, false}, {`[{}]`, true}, {``, true},
		// exact
		{`{nm:"Xiao Bai"}`, true}, {`{nm:"Xiao"}`, false}, {`{nm:"xiao bai"}`, false}, {`{gone:"x"}`, false}, {`{no:"null"}`, false},
		{`{age:18}`, true}, {`{age:"18"}`, true}, {`{txt:18}`, true}, {`{age:18.0}`, true}, {`{txt:18.0}`, true}, {`{f:18.5}`, true}, {`{f:"18.5"}`, true}, {`{f:"18.50"}`, false},
		{`{big:9007199254740993}`, true}, {`{big:9007199254740992}`, false}, {`{age:19}`, false}, {`{yes:true}`, true}, {`{yes:"true"}`, true}, {`{yes:false}`, false}, {`{off:false}`, true},
		{`{gone:false}`, false}, {`{nm:"Xiao Bai",age:19}`, false}, {`nm:"Xiao Bai",age:18`, true},
		// regular expressions
		{`{nm:"^Xiao"}`, true}, {`{nm:"^X.*i$"}`, true}, {`{nm:"^iao"}`, false}, {`{age:"^1[0-9]$"}`, true}, {`{gone:"^"}`, false}, {`{nm:"^"}`, true}, {`{phone:"^(139|138)\\d{8}$"}`, true}, {`{obj:"^"}`, false},
		// wildcards
		{`{nm:"X*"}`, true}, {`{nm:"*Bai"}`, true}, {`{nm:"X*o*i"}`, true}, {`{nm:"X*o*"}`, true}, {`{nm:"x*"}`, false}, {`{nm:"*"}`, true}, {`{gone:"*"}`, false},
		{`{nm:"Xiao Bai*Bai"}`, false}, {`{nm:"*o*o*"}`, false}, {`{nm:"?iao*"}`, false}, {`{age:"1*"}`, true}, {`{empty:"*"}`, true},
		// without case
		{`{nm:"~~xiao BAI"}`, true}, {`{nm:"~~xiao"}`, false}, {`{nm:"~~X*BAI"}`, true}, {`{nm:"~~^xiao"}`, true}, {`{gone:"~~"}`, false}, {`{empty:"~~"}`, true},
		// numbers
		{`{age:"[1,100)"}`, true}, {`{age:"[18,18]"}`, true}, {`{age:"(18,]"}`, false}, {`{age:"[,18)"}`, false}, {`{age:"(17.5,18.5)"}`, true}, {`{age:"[ 18 , 20 ]"}`, true},
		{`{txt:"[1,100)"}`, true}, {`{nm:"[1,100)"}`, false}, {`{gone:"[1,100)"}`, false}, {`{gone:"[,)"}`, false}, {`{age:"[,)"}`, true}, {`{day:"[,]"}`, true}, {`{nm:"[,]"}`, false},
		{`{no:"[,0]"}`, false}, {`{age:"[-1e3,+1e3]"}`, true}, {`{yes:"[0,1]"}`, false}, {`{day:"[1,9999)"}`, false},
		// dates
		{`{day:"[2020-01-01,2020-01-01]"}`, true}, {`{day:"(2020-01-01,)"}`, false}, {`{day:"[2019-12-31,2020-01-02)"}`, true}, {`{time:"[2020-01-01,2020-01-01]"}`, false},
		{`{time:"[2020-01-01,2020-01-02)"}`, true}, {`{time:"[2020-01-01 12:30:00,]"}`, true}, {`{time:"(2020-01-01 12:30:00,]"}`, false}, {`{ms:"[2020-01-01,)"}`, true}, {`{ms:"(2020-01-01,)"}`, false},
		{`{ms:"[,2019-12-31]"}`, false}, {`{ms:"[,2020-01-01 00:00:00]"}`, true}, {`{nm:"[2020-01-01,)"}`, false}, {`{time:"[2020-01-01T12:30,2020-01-01 12:31]"}`, true},
		{fmt.Sprintf(`{day:"[%d,2020-01-02)"}`, ms), true}, {`{age:"[1970-01-01T00:00:01Z,)"}`, false},
		// what is there
		{`{no:null}`, true}, {`{gone:null}`, true}, {`{empty:null}`, false}, {`{empty:""}`, true}, {`{none:""}`, true}, {`{obj:""}`, true}, {`{no:""}`, false}, {`{gone:""}`, false}, {`{tags:""}`, false}, {`{age:""}`, false},
		{`{gone:"[BLANK]"}`, true}, {`{no:"[BLANK]"}`, true}, {`{empty:"[BLANK]"}`, true}, {`{blank:"[BLANK]"}`, true}, {`{nm:"[BLANK]"}`, false}, {`{age:"[BLANK]"}`, false},
		{`{no:"[EXISTS]"}`, true}, {`{gone:"[EXISTS]"}`, false}, {`{empty:"[EXISTS]"}`, true}, {`{no:notNil}`, false}, {`{gone:notNil}`, false}, {`{empty:notNil}`, true}, {`{tags:notNil}`, true},
		// not
		{`{nm:"!Xiao"}`, true}, {`{nm:"!Xiao Bai"}`, false}, {`{"!nm":"Xiao Bai"}`, false}, {`{"!nm":"!Xiao Bai"}`, true}, {`{gone:"!x"}`, true}, {`{"!gone":null}`, false}, {`{"!nm":null}`, true},
		{`{nm:"![BLANK]"}`, true}, {`{gone:"![EXISTS]"}`, true}, {`{nm:"!notNil"}`, false}, {`{nm:"!^Xiao"}`, false}, {`{age:"![1,10]"}`, true}, {`{nm:"!"}`, true}, {`{empty:"!"}`, false}, {`{odd:"!!x"}`, true},
		{`{"!age":[1,2]}`, true}, {`{"!age":[1,18]}`, false},
		// one of
		{`{age:[17,18]}`, true}, {`{age:["17","18"]}`, true}, {`{age:[]}`, false}, {`{nm:["a","^X"]}`, true}, {`{gone:["a",null]}`, true}, {`{nm:["a",null]}`, false}, {`{age:["!18",18]}`, true}, {`{nm:["!Xiao Bai"]}`, false},
		{`{age:[1,2,3,4,5,6,7,8,9,10,18]}`, true}, {`{age:[1,2,3,4,5,6,7,8,9,10,11]}`, false}, {`{tags:[1,2,3,4,5,6,7,8,9,10,"a"]}`, true},
		// any of
		{`[{nm:"x"},{age:18}]`, true}, {`[{nm:"x"},{age:19}]`, false},
		// lists in the record
		{`{tags:"a"}`, true}, {`{tags:"c"}`, false}, {`{tags:"!a"}`, false}, {`{tags:"!c"}`, true}, {`{tags:"^b"}`, true}, {`{tags:"~~A"}`, true}, {`{nums:"[40,60]"}`, true}, {`{nums:"[2,40]"}`, false}, {`{"tags.0":"a"}`, true}, {`{"tags.1":"a"}`, false},
		// paths
		{`{"addr.city":"北京"}`, true}, {`{"addr.gone":null}`, true}, {`{"!addr.city":"北京"}`, false}, {`{addr:{city:"北京",zip:"^1"}}`, true}, {`{addr:{city:"上海"}}`, false}, {`{nm:{}}`, false}, {`{gone:{}}`, false},
		{`{list:{a:1,b:"x"}}`, true}, {`{list:{a:1,b:"y"}}`, false}, {`{"list.1.b":"y"}`, true}, {`{addr:[{city:"x"},{zip:"100000"}]}`, true},
		// keys are names, not the library's queries
		{`{"*":"star"}`, true}, {`{"n*":"Xiao Bai"}`, false}, {`{"@this":notNil}`, false}, {`{"tags.#":3}`, false}, {`{"#":notNil}`, false}, {`{"list.#(a==1).b":"x"}`, false},
	} {
		m, err := ParseMatch(c.match)
		if err != nil {
			t.Errorf("%s: %v", c.match, err)
			continue
		}
		if got := holds(m, body); got != c.want {
			t.Errorf("%s: got %v", c.match, got)
		}
	}
}

func TestMatchFaults(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`abc`, `12`, `null`, `[1]`, `[{},null]`, `{"":1}`, `{"!":1}`, `{"a..b":1}`, `{".a":1}`, `{a:"^("}`, `{a:"[x,y]"}`, `{a:"[1,2020-13-01]"}`,
		`{a:"[0x1,2]"}`, `{a:"[1e999,]"}`, `{a:"[NaN,]"}`, `{a:[[1]]}`, `{a:[1,[2]]}`, `{a:{b:"^["}}`, `{a:`, `{a:["^*("]}`} {
		if _, err := ParseMatch(src); domain.CodeOf(err) != "e.thing.match" {
			t.Errorf("%s: %v", src, err)
		}
	}
	n, _ := relaxed.Parse(`{a:1, b:"^("}`)
	err, ok := CheckMatch(n).(*relaxed.Error)
	if !ok || err.Offset != 8 {
		t.Errorf("the fault is %v", err)
	}
}

// bound parses a match with ${…} as holes and fills them.
func boundMatch(t testing.TB, src string, data ...string) (*Matcher, error) {
	t.Helper()
	var ps []relaxed.Piece
	for i, part := range strings.Split(src, "$") {
		if i > 0 {
			ps = append(ps, relaxed.Piece{Hole: i - 1})
		}
		ps = append(ps, relaxed.Piece{Text: part, Hole: -1})
	}
	n, err := relaxed.ParsePieces(ps)
	if err != nil {
		t.Fatal(err)
	}
	return CompileMatch(n.Bind(func(hole int) relaxed.Value { return relaxed.Value{Text: data[hole]} }))
}

func TestMatchData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		match string
		data  []string
		body  string
		want  bool
	}{
		{`{a:"$"}`, []string{"^.*"}, `{"a":"x"}`, false}, {`{a:"$"}`, []string{"^.*"}, `{"a":"^.*"}`, true}, {`{a:"$"}`, []string{"[0,)"}, `{"a":5}`, false},
		{`{a:"$"}`, []string{"a*b"}, `{"a":"axb"}`, false}, {`{a:"$"}`, []string{"!x"}, `{"a":"y"}`, false}, {`{a:"$"}`, []string{"~~x"}, `{"a":"X"}`, false}, {`{a:"$"}`, []string{"[BLANK]"}, `{}`, false},
		{`{a:"$"}`, []string{"notNil"}, `{"a":1}`, false}, {`{a:"$"}`, []string{"notNil"}, `{"a":"notNil"}`, true}, {`{a:"$"}`, []string{""}, `{"a":""}`, true}, {`{a:"$"}`, []string{""}, `{}`, false}, {`{a:"$"}`, []string{""}, `{"a":[]}`, false},
		{`{a:$}`, []string{"^.*"}, `{"a":"x"}`, false}, {`{a:$}`, []string{"18"}, `{"a":18}`, true}, {`{a:["$","y"]}`, []string{"*"}, `{"a":"x"}`, false},
		{`{a:"x$"}`, []string{"*"}, `{"a":"xy"}`, false}, {`{a:"!$"}`, []string{"^"}, `{"a":"y"}`, true}, {`{a:"!$"}`, []string{"y"}, `{"a":"y"}`, false},
		{`{a:"$x"}`, []string{"!"}, `{"a":"y"}`, false}, {`{a:"$$"}`, []string{"!", "x"}, `{"a":"y"}`, false},
		// inside of operators
		{`{a:"^$"}`, []string{".*"}, `{"a":"x"}`, false}, {`{a:"^$"}`, []string{".*"}, `{"a":".*z"}`, true}, {`{a:"^a$+"}`, []string{"bc"}, `{"a":"abcbc"}`, true}, {`{a:"^(x|$)$"}`, []string{"a|b", "!"}, `{"a":"a|b!"}`, true},
		{`{a:"$*"}`, []string{"*x"}, `{"a":"ax"}`, false}, {`{a:"$*"}`, []string{"*x"}, `{"a":"*xy"}`, true}, {`{a:"~~$"}`, []string{"^X"}, `{"a":"^x"}`, true}, {`{a:"~~$"}`, []string{"x*"}, `{"a":"xy"}`, false},
		{`{a:"~~$*"}`, []string{"X"}, `{"a":"xyz"}`, true},
		{`{a:"[$,$)"}`, []string{"1", "10"}, `{"a":5}`, true}, {`{a:"[$,$)"}`, []string{"", ""}, `{"a":5}`, true}, {`{a:"[$,$)"}`, []string{"6", ""}, `{"a":5}`, false}, {`{a:"[$ 00:00:00,)"}`, []string{"2020-01-01"}, `{"a":"2020-01-02"}`, true},
		{`{a:"[$]"}`, []string{"BLANK"}, `{}`, false}, {`{a:"[$]"}`, []string{"BLANK"}, `{"a":"[BLANK]"}`, true}, {`{a:"$1,2]"}`, []string{"["}, `{"a":1}`, false}, {`{a:"[$]"}`, []string{"1,2"}, `{"a":1}`, false},
	} {
		m, err := boundMatch(t, c.match, c.data...)
		if err != nil {
			t.Errorf("%s %q: %v", c.match, c.data, err)
			continue
		}
		if got := holds(m, c.body); got != c.want {
			t.Errorf("%s %q on %s: got %v", c.match, c.data, c.body, got)
		}
	}
	for _, c := range [][]string{{`{a:"[$,)"}`, "1,2"}, {`{a:"[$,)"}`, "x"}, {`{a:"[$,)"}`, "1) or (2"}, {`{a:"[$,)"}`, "Infinity"}, {`{a:"^[$]"}`, "a-z"}, {`{a:"^\\$"}`, "d"}, {`{a:"^\\Q$"}`, "x"}, {`{a:"^(?$)"}`, "i"}} {
		if _, err := boundMatch(t, c[0], c[1:]...); domain.CodeOf(err) != "e.thing.match" {
			t.Errorf("%s %q: %v", c[0], c[1:], err)
		}
	}
}

func TestCheckMatchTakesHolesForText(t *testing.T) {
	t.Parallel()
	n, err := relaxed.ParsePieces([]relaxed.Piece{{Text: `{a:"[`, Hole: -1}, {Hole: 0}, {Text: ` 00:00:00,)",b:`, Hole: -1}, {Hole: 1}, {Text: `,c:"^(`, Hole: -1}, {Hole: 2}, {Text: `)"}`, Hole: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckMatch(n); err != nil {
		t.Error(err)
	}
}

func TestKeysOfAMatch(t *testing.T) {
	t.Parallel()
	m, err := ParseMatch(`[{a:1,"!b.c":2},{d:[{"e":1},{f:{g:1}}]}]`)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.Keys()); got != "[a b.c d d.e d.f d.f.g]" {
		t.Error(got)
	}
}

func FuzzDataIsFoundAsItIs(f *testing.F) {
	for _, s := range []string{"", "^.*", "[0,)", "a*b", "!x", "~~x", "[BLANK]", "notNil", "\\", "\"", "小白\x00", "1e5", "${x}"} {
		f.Add(s, "other")
	}
	f.Fuzz(func(t *testing.T, data, other string) {
		data, other = strings.ToValidUTF8(data, "?"), strings.ToValidUTF8(other, "?")
		for _, src := range []string{`{a:"$"}`, `{a:$}`, `{a:["$"]}`, `{"!a":"!$"}`} {
			m, err := boundMatch(t, src, data)
			if err != nil {
				t.Fatal(err)
			}
			record := func(s string) []byte {
				return append(relaxed.AppendString([]byte(`{"a":`), s), '}')
			}
			if !holds(m, record(data)) {
				t.Errorf("%s with %q does not hold for it", src, data)
			}
			if other != data && holds(m, record(other)) {
				t.Errorf("%s with %q holds for %q", src, data, other)
			}
		}
		for _, src := range []string{`{a:"^$$"}`, `{a:"~~$*$"}`, `{a:"x$*y$"}`} {
			if _, err := boundMatch(t, src, data, other); err != nil {
				t.Errorf("%s: %v", src, err)
			}
		}
	})
}

func FuzzParseMatchNeverPanics(f *testing.F) {
	for _, s := range []string{`{a:"[1,"}`, `{a:"]"}`, `{a:"("}`, `[{a:"(,]"}]`, `{"!a.b":["!^x","[2020-01-01,)"]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		m, err := ParseMatch(src)
		if err != nil {
			if domain.CodeOf(err) != "e.thing.match" {
				t.Fatal(err)
			}
			return
		}
		holds(m, `{"a":[1,"x",null,{"b":"2020-01-01"}],"b":5}`)
		m.Keys()
	})
}

func BenchmarkMatch(b *testing.B) {
	m, err := ParseMatch(`{role:"user",age:"[18,30)",nm:"^xiao"}`)
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"id":"cq0000000000000000a","nm":"xiaobai","phone":"13910110054","role":"user","age":20,"ct":1600000000000,"lm":1600000000000}`)
	b.ReportAllocs()
	for b.Loop() {
		if !holds(m, body) {
			b.Fatal("does not hold")
		}
	}
}

// What is wrong with an expression is told as it is, whatever stands in it.
func TestAWrongExpressionIsToldInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{a:"^("}`, `{a:"^(%d"}`, `{a:"^[%s"}`} {
		n, err := relaxed.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = CompileMatch(n)
		for l, want := range map[domain.Lang]string{domain.ZH: "缺少结尾的", domain.EN: "missing closing"} {
			if said := domain.Say(err, l); err == nil || strings.Contains(said, "%!") || !strings.Contains(said, want) {
				t.Errorf("%s: %q", text, said)
			}
		}
	}
}

func holds[T string | []byte](m *Matcher, body T) bool {
	found, err := m.Match(context.Background(), []byte(body))
	return found && err == nil
}
