package thingset

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

func TestParseSchema(t *testing.T) {
	t.Parallel()
	s, err := ParseSchema([]byte(`{uniqueKeys:[{name:"a"},{name:["b","c.d"]}], indexes:["x","ct","y , z",["p","q.r"]], loose:-1, expi:"30d",
		onCreated:"echo 1", onDeleted:["a","b"], linkKeys:[{set:"~/o",by:{uid:"id"},copy:{n:"nm"}}], fields:null, title:{any:1}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Def{Unique: [][]string{{"a"}, {"b", "c.d"}}, Indexes: []string{"x", "y,z", "p,q.r"}, Loose: -1}
	if !reflect.DeepEqual(s.Def(), want) {
		t.Errorf("%+v", s.Def())
	}
	if s.life != 30*24*3600*1000 || len(s.Scripts(OnDeleted)) != 2 || s.Scripts(OnCreated)[0] != (Script{"echo 1", "thing.json", 2, 13}) || s.Links()[0].Set != "o" {
		t.Errorf("%+v", s)
	}
}

func TestSchemaFaultsSayWhere(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{`:                                                        "1:2: ",
		`[]`:                                                       "1:1: thing.json must be an object",
		`{uniqueKeys:{}}`:                                          "1:13: uniqueKeys must be a list",
		"{\n uniqueKeys:[{name:[]}]}":                              "2:14: a unique key needs a name",
		`{uniqueKeys:[{name:5}]}`:                                  "1:20: name must be text",
		`{uniqueKeys:[{nm:"x",name:"a"}]}`:                         `1:18: a unique key has no "nm"`,
		`{uniqueKeys:[{name:["a","a"]}]}`:                          `1:25: "a" stands twice`,
		`{uniqueKeys:[{name:"a"},{name:"a"}]}`:                     "1:25: the unique key a stands twice",
		`{uniqueKeys:[{name:"a",required:1}]}`:                     "1:33: required must be true or false",
		`{fields:[{}]}`:                                            "1:10: a field needs a key",
		`{fields:[{key:"a..b"}]}`:                                  `1:15: "a..b" is no key path`,
		`{fields:[{key:"a",validate:{minLen:1}}]}`:                 `1:36: there is no check "minLen"`,
		`{fields:[{key:"a",validate:{minLength:-1}}]}`:             "1:39: minLength must be a whole number",
		`{fields:[{key:"a",validate:{maxLength:1.5}}]}`:            "1:39: maxLength must be a whole number",
		`{fields:[{key:"a",validate:{intRange:"5"}}]}`:             "1:38: intRange must be a range",
		`{fields:[{key:"a",validate:{intRange:"[a,b]"}}]}`:         `1:38: "a" is neither`,
		`{fields:[{key:"a",validate:{intRange:"[2020-01-01,)"}}]}`: "1:38: intRange needs numbers",
		`{fields:[{key:"a",validate:{regex:"("}}]}`:                "1:35: missing closing )",
		`{fields:[{key:"a",validate:{enum:[]}}]}`:                  "1:34: enum must list something",
		`{fields:[{key:"a",validate:{enum:[{}]}}]}`:                "1:35: text or a number is needed",
		`{fields:[{key:"a",validate:{trim:"yes"}}]}`:               "1:34: trim must be true or false",
		`{indexes:["a","a"]}`:                                      `1:15: the index "a" stands twice`,
		`{indexes:[""]}`:                                           "1:11: ",
		`{indexes:[["a,b","c"]]}`:                                  "1:11: an index needs key paths, without commas",
		`{expi:"soon"}`:                                            "1:7: expi must be a length of time",
		`{expi:-1}`:                                                "1:7: expi must be",
		`{loose:"x"}`:                                              "1:8: loose must be a whole number",
		`{onCreated:5}`:                                            "1:12: onCreated must be text",
		`{linkKeys:[{set:"~/a"}]}`:                                 "1:12: a link needs set, by and copy",
		`{linkKeys:[{set:"/etc",by:{a:"b"},copy:{a:"b"}}]}`:        `1:17: "/etc" is no path`,
		`{linkKeys:[{set:"~/a",by:{a:"b"},copy:{"a.b":"b"}}]}`:     `1:39: "a.b" must be a member`,
	} {
		_, err := ParseSchema([]byte(src))
		if domain.CodeOf(err) != "e.thing.schema" {
			t.Errorf("%s: %v", src, err)
			continue
		}
		faults, _ := domain.AsError(err).Data.([]domain.Fault)
		if got := fmt.Sprintf("%d:%d: %s", faults[0].Line, faults[0].Col, faults[0].Msg); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func FuzzParseSchemaNeverPanics(f *testing.F) {
	f.Add(`{uniqueKeys:[{name:["a"]}],fields:[{key:"a",validate:{enum:[1],intRange:"[1,2)"}}],indexes:["a,b"]}`, `{"a":1,"b":null}`)
	f.Add(`{expi:1,loose:5,onCreated:["x"],linkKeys:[{set:"a",by:{},copy:{}}]}`, `[]`)
	f.Fuzz(func(t *testing.T, src, doc string) {
		s, err := ParseSchema([]byte(src))
		if err != nil {
			if _, ok := domain.AsError(err).Data.([]domain.Fault); !ok {
				t.Fatal(err)
			}
			return
		}
		if ms, err := readMembers([]byte(doc)); err == nil {
			s.cleaned(ms.append(nil), nil)
		}
	})
}

func FuzzMembersAreMergedLikeAMap(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":2}}`, `{"a":null,"b":3,"d":[]}`)
	f.Add(`{"a":1,"a":2}`, `{"a":3,"a":null,"\u0061":4}`)
	f.Fuzz(func(t *testing.T, doc, patch string) {
		a, err1 := readMembers([]byte(doc))
		b, err2 := readMembers([]byte(patch))
		if err1 != nil || err2 != nil {
			return
		}
		want := map[string]string{}
		for _, ms := range []*members{a, b} {
			for _, m := range ms.list {
				if want[m.key] = m.raw; m.raw == "null" {
					delete(want, m.key)
				}
			}
		}
		a.merge(b)
		got, err := readMembers(a.append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.list) != len(want) {
			t.Fatalf("%s with %s is %s", doc, patch, a.append(nil))
		}
		for _, m := range got.list {
			if want[m.key] != m.raw {
				t.Fatalf("%s with %s is %s", doc, patch, a.append(nil))
			}
		}
	})
}
