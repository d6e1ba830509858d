package shell

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// seen is what a stage saw of its words, apart from the values.
type seen struct {
	shape  string
	values []string
}

// witness is a family of all types whose stages record what they see.
func witness(log *[]seen) *Command {
	verb := func(name string, p Param, f func(Arg) (string, error)) *Command {
		return &Command{Name: name, Params: []Param{p, {Name: "REST", Optional: true, Repeat: true}},
			Options: append(JSONOptions(), AjaxOption(), Option{Name: "u", Arity: Optional}, Option{Name: "p", Arity: Required}),
			Run:     func(c *Call) error { return record(c, name, f, log) }}
	}
	return &Command{Name: "see", Verbs: []*Command{
		verb("header", Param{Name: "V", Type: Header}, Arg.Header),
		verb("json", Param{Name: "V", Type: JSON}, func(a Arg) (string, error) { b, err := a.JSON(); return string(b), err }),
		verb("match", Param{Name: "V", Type: Match}, func(a Arg) (string, error) { b, err := a.JSON(); return string(b), err }),
		verb("re", Param{Name: "V", Type: Regexp}, func(a Arg) (string, error) { r, err := a.Regexp(); return fmt.Sprint(r), err }),
		verb("ref", Param{Name: "V", Type: Ref}, func(a Arg) (string, error) { r, err := a.Ref(); return r.String(), err }),
		verb("text", Param{Name: "V"}, func(a Arg) (string, error) { return a.Text(), nil }),
	}}
}

func record(c *Call, name string, f func(Arg) (string, error), log *[]seen) error {
	s := seen{shape: fmt.Sprintf("%s %d", name, c.NArg())}
	for _, o := range c.stage.cmd.Options {
		if c.Has(o.Name) {
			s.shape += fmt.Sprintf(" -%s=%v", o.Name, c.Opt(o.Name).Given())
			s.values = append(s.values, c.Opt(o.Name).Text())
		}
	}
	v, err := f(c.Arg(0))
	if err != nil {
		v = "!" + domain.CodeOf(err)
	}
	s.values = append(s.values, v)
	for _, a := range c.Args(1) {
		s.values = append(s.values, a.Text())
	}
	*log = append(*log, s)
	_, err = c.Out.Write([]byte(v))
	return err
}

// property is a script, the shapes of its stages whatever the data is, and what
// the values must be.
type property struct {
	src    string
	shapes []string
	holds  func(x string, stages []seen) error
}

// is says that the n-th stage saw exactly these values.
func is(n int, want func(x string) []string) func(string, []seen) error {
	return func(x string, stages []seen) error {
		if w := want(x); fmt.Sprintf("%q", stages[n].values) != fmt.Sprintf("%q", w) {
			return fmt.Errorf("stage %d saw %q, want %q", n, stages[n].values, w)
		}
		return nil
	}
}

var properties = []property{
	{"see text ${x} ${x} -u ${x} -p ${x} '${x}' -cqn", []string{"text 3 -c=false -n=false -q=false -u=true -p=true"},
		is(0, func(x string) []string { return []string{"", "", "", x, x, x, x, x} })},
	{"see text a${x}b \"${x}${x}\" | see text $(see text ${x}) ${x}", []string{"text 1", "text 2", "text 2"},
		is(1, func(x string) []string { return []string{"a" + x + "b", x + x} })},
	{"see text $(see text ${x}) -u -ajax", []string{"text 1", "text 1 -ajax=false -u=false"},
		is(1, func(x string) []string { return []string{"", "", strings.TrimRight(x, "\n")} })},
	{`reply '{v:"${x}"}' -cqn | run see text $${v} ${x} '<$${v}${x}>' -p $${v} -u ${x}`, []string{"text 3 -u=true -p=true"},
		is(0, func(x string) []string { v := string([]rune(x)); return []string{x, v, v, x, "<" + v + x + ">"} })},
	{"try see text ${x} | see text $${x} ${x}", []string{"text 1", "text 2"},
		is(1, func(x string) []string { return []string{"${x}", x} })},
	{`try 'see text ${x} "<${x}>" -p ${x} $$$${x} | see text $(see text ${x}) $${x}'`, []string{"text 1", "text 3 -p=true", "text 2"},
		is(1, func(x string) []string { return []string{x, x, "<" + x + ">", "${x}"} })},
	{`see json '{nm:"${x}",a:${x},b:[1,"x${x}y"]}' ${x}`, []string{"json 2"}, func(x string, s []seen) error {
		doc, v := s[0].values[0], string([]rune(x))
		if !gjson.Valid(doc) || strings.Join(keysOf(doc), ",") != "nm,a,b" || gjson.Get(doc, "nm").Str != v || gjson.Get(doc, "a").Str != v ||
			gjson.Get(doc, "b.#").Int() != 2 || gjson.Get(doc, "b.1").Str != "x"+v+"y" {
			return errors.New(doc)
		}
		return nil
	}},
	{`see match '{nm:"${x}"}' -ajax`, []string{"match 1 -ajax=false"}, func(x string, s []seen) error {
		if doc := s[0].values[1]; strings.Join(keysOf(doc), ",") != "nm" || gjson.Get(doc, "nm").Str != string([]rune(x)) {
			return errors.New(doc)
		}
		return nil
	}},
	{"see re '^a${x}z$'", []string{"re 1"}, func(x string, s []seen) error {
		re, err := regexp.Compile(s[0].values[0])
		if strings.ToValidUTF8(x, "") != x {
			return nil
		}
		if err != nil || !re.MatchString("a"+x+"z") || re.MatchString("a"+x+"z!") || re.MatchString("az") != (x == "") {
			return fmt.Errorf("%v", s[0].values)
		}
		return nil
	}},
	{"see ref ~/pub/dir/${x}", []string{"ref 1"}, below("~/pub/dir")},
	{"see ref ~/pub/dir-${x}/y", []string{"ref 1"}, below("~/pub/dir-")},
	{"see ref id:${x}", []string{"ref 1"}, func(x string, s []seen) error {
		if id := s[0].values[0]; !strings.HasPrefix(id, "id:") || id != "id:"+x && id != "id:-" {
			return errors.New(id)
		}
		return nil
	}},
	{"see ref ${x}", []string{"ref 1"}, func(x string, s []seen) error {
		if v := s[0].values[0]; strings.Contains("/"+v+"/", "/../") || strings.HasPrefix(v, "/") {
			return errors.New(v)
		}
		return nil
	}},
	{"see header 'n=${x}'", []string{"header 1"}, func(x string, s []seen) error {
		if v := s[0].values[0]; v != "n="+x && v != "!e.cmd.arg" || strings.ContainsAny(v, "\r\n\x00") {
			return errors.New(v)
		}
		return nil
	}},
}

func below(dir string) func(string, []seen) error {
	return func(x string, s []seen) error {
		if v := s[0].values[0]; !strings.HasPrefix(v, "!e.io.path") && (!strings.HasPrefix(v, dir) || strings.Contains("/"+v+"/", "/../")) {
			return errors.New(v)
		}
		return nil
	}
}

func keysOf(doc string) (out []string) {
	gjson.Parse(doc).ForEach(func(k, _ gjson.Result) bool { out = append(out, k.Str); return true })
	return out
}

// dataProperties compiles the scripts once and gives a check for a value.
func dataProperties(t testing.TB) func(t *testing.T, x string) {
	var log []seen
	reg := testRegistry(witness(&log))
	var scripts []*Script
	for _, p := range properties {
		scripts = append(scripts, mustCompile(t, reg, p.src))
	}
	return func(t *testing.T, x string) {
		for i, p := range properties {
			log = nil
			var out bytes.Buffer
			err := scripts[i].Run(t.Context(), &Env{Who: domain.Owner, Vars: MapVars{"x": x}, Out: &out})
			var shapes []string
			for _, s := range log {
				shapes = append(shapes, s.shape)
			}
			if !utf8.ValidString(x) && domain.CodeOf(err) == "e.json" && len(shapes) == 0 {
				continue // nothing goes into JSON that is not UTF-8
			}
			if err != nil || strings.Join(shapes, "|") != strings.Join(p.shapes, "|") {
				t.Fatalf("%s with %q: %v, stages %q, want %q", p.src, x, err, shapes, p.shapes)
			}
			if err := p.holds(x, log); err != nil && (utf8.ValidString(x) || err.Error() != "!e.json") {
				t.Fatalf("%s with %q: %v", p.src, x, err)
			}
		}
	}
}

func TestHostileDataNeverChangesStagesOptionsOrArguments(t *testing.T) {
	t.Parallel()
	check := dataProperties(t)
	for _, h := range hostile {
		check(t, h)
	}
}

func FuzzDataNeverChangesStagesOptionsOrArguments(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	check := dataProperties(f)
	f.Fuzz(func(t *testing.T, x string) { check(t, x) })
}
