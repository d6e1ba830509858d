package regapi

import (
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/regapi/apidoc"
	"github.com/caryahq/carya/shell/syntax"
)

// survey is what a script's text says about what its callers send and get.
type survey struct {
	query   []asked // http-qs-…
	headers []asked
	cookies []asked
	form    []asked // read from httpparam's object by the stage behind it
	others  []asked // names that are no placeholder of a request
	site    bool
	ticket  bool // the script reads the session's ticket or who is signed in
	reads   bool // httpparam: query and body
	raw     bool // cat id:${id}
	ajax    bool // the answer is the envelope
}

// asked is one placeholder.
type asked struct {
	name  string
	shape *apidoc.Shape
	must  bool // it has no default
	def   string
}

// surveyScript reads a script's text; a text that cannot be read says nothing.
func surveyScript(text string) *survey {
	s := &survey{}
	p, err := syntax.Parse(text, syntax.Pos{Line: 1, Col: 1})
	if err != nil {
		return s
	}
	for _, pl := range p.Pipelines {
		fed := false
		for _, c := range pl.Commands {
			s.command(c, fed)
			fed = commandName(c) == "httpparam" || fed && commandName(c) == "json"
		}
	}
	if n := len(p.Pipelines); n > 0 {
		last := p.Pipelines[n-1].Commands
		s.ajax = answersEnvelope(last[len(last)-1])
	}
	return s
}

// commandName is the literal text of a command's first word.
func commandName(c *syntax.Command) string { return wordText(c.Words[0]) }

func wordText(w *syntax.Word) string {
	var b strings.Builder
	for _, p := range w.Pieces {
		if l, ok := p.(*syntax.Lit); ok {
			b.WriteString(l.Text)
		}
	}
	return b.String()
}

// answersEnvelope reports whether a command wraps what it prints.
func answersEnvelope(c *syntax.Command) bool {
	return commandName(c) == "ajaxre" || slices.ContainsFunc(c.Words[1:], func(w *syntax.Word) bool { return wordText(w) == "-ajax" })
}

// command looks at the words of a command; fed says that it gets httpparam's
// object, which fills its templates.
func (s *survey) command(c *syntax.Command, fed bool) {
	if commandName(c) == "httpparam" {
		s.reads = true
		s.types(c)
	}
	if fed && commandName(c) == "json" {
		s.kept(c)
	}
	for _, w := range c.Words {
		syntax.Walk(&syntax.Program{Pipelines: []*syntax.Pipeline{{Commands: []*syntax.Command{{Words: []*syntax.Word{w}}}}}}, func(n any) bool {
			switch n := n.(type) {
			case *syntax.Placeholder:
				s.placeholder(n, commandName(c) == "cat")
			case *syntax.Lit:
				s.template(n, fed)
			}
			return true
		})
	}
}

// template looks at the placeholders that literal text holds for the run of a
// later stage.
func (s *survey) template(l *syntax.Lit, fed bool) {
	if !strings.Contains(l.Text, "${") {
		return
	}
	pieces, err := syntax.ParseTemplate(l.Text, l.Pos)
	if err != nil {
		return
	}
	for _, p := range pieces {
		ph, ok := p.(*syntax.Placeholder)
		switch {
		case !ok:
		case fed && !strings.HasPrefix(ph.Keys[0].Name, "http-"):
			s.form = add(s.form, ask(ph, ph.Keys[0].Steps[0].Name))
		default:
			s.placeholder(ph, false)
		}
	}
}

func (s *survey) placeholder(ph *syntax.Placeholder, cat bool) {
	for _, k := range ph.Keys {
		name := k.Name
		switch rest, ok := strings.CutPrefix(name, "http-"); {
		case name == "id":
			s.raw = s.raw || cat
		case !ok:
			s.others = add(s.others, ask(ph, k.Steps[0].Name))
		case strings.HasPrefix(rest, "qs-"):
			s.query = add(s.query, ask(ph, strings.TrimPrefix(rest, "qs-")))
		case strings.HasPrefix(rest, "header-"):
			s.headers = add(s.headers, ask(ph, headerCase(strings.TrimPrefix(rest, "header-"))))
		case strings.HasPrefix(rest, "cookie-"):
			s.cookies = add(s.cookies, ask(ph, strings.TrimPrefix(rest, "cookie-")))
		case rest == "www-site":
			s.site = true
		case strings.HasPrefix(rest, "www-"), rest == "usr", rest == "grp":
			s.ticket = true
		}
	}
}

func headerCase(name string) string {
	parts := strings.Split(strings.ToLower(name), "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

// ask is what a placeholder asks for under a name.
func ask(ph *syntax.Placeholder, name string) asked {
	a := asked{name: name, shape: apidoc.Text(), must: !ph.HasDefault && len(ph.Keys) == 1, def: ph.Default}
	if a.def == noTicket || strings.HasPrefix(a.def, "~") {
		a.def = ""
	}
	if ph.Format != nil {
		switch ph.Format.Type {
		case "int":
			a.shape = &apidoc.Shape{Type: "integer"}
		case "float":
			a.shape = &apidoc.Shape{Type: "number"}
		}
	}
	return a
}

// add adds what is asked for; asked twice, it must be there when one of them
// says so.
func add(list []asked, a asked) []asked {
	for i := range list {
		if list[i].name == a.name {
			list[i].must = list[i].must || a.must
			if list[i].def == "" {
				list[i].def = a.def
			}
			return list
		}
	}
	return append(list, a)
}

// keptKeys is the form in which json -key lists the parameters that it lets through.
var keptKeys = regexp.MustCompile(`^\^\(?([\w-]+(?:\|[\w-]+)*)\)?\$$`)

// kept takes the parameters that json -key lets through.
func (s *survey) kept(c *syntax.Command) {
	for i, w := range c.Words[:len(c.Words)-1] {
		if wordText(w) != "-key" {
			continue
		}
		if m := keptKeys.FindStringSubmatch(wordText(c.Words[i+1])); m != nil {
			for _, name := range strings.Split(m[1], "|") {
				s.form = add(s.form, asked{name: name, shape: apidoc.Text()})
			}
		}
	}
}

// types takes what httpparam's options say of the types.
func (s *survey) types(c *syntax.Command) {
	for i, w := range c.Words[1:] {
		var shape *apidoc.Shape
		switch wordText(w) {
		case "-vint":
			shape = &apidoc.Shape{Type: "integer"}
		case "-vfloat":
			shape = &apidoc.Shape{Type: "number"}
		case "-vbool":
			shape = &apidoc.Shape{Type: "boolean"}
		case "-varray":
			shape = &apidoc.Shape{Type: "array", Items: apidoc.Text()}
		default:
			continue
		}
		if i+2 < len(c.Words) {
			for _, name := range strings.FieldsFunc(wordText(c.Words[i+2]), func(r rune) bool { return strings.ContainsRune(` ,[]"'`, r) }) {
				s.form = add(s.form, asked{name: name, shape: shape})
			}
		}
	}
}
