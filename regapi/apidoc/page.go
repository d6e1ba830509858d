package apidoc

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
)

//go:embed page.html
var pageText string

// Page is the API as a page for people, in one language.
func Page(a *API, l domain.Lang) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"t":     func(zh, en string) string { return domain.Text{ZH: zh, EN: en}.In(l) },
		"in":    func(t domain.Text) string { return t.In(l) },
		"lower": strings.ToLower,
		"join":  strings.Join,
		"error": func(code string) string { return domain.Message(code, l) },
	}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		*API
		Lang   domain.Lang
		Groups []group
	}{a, l, groups(a)})
	return b.Bytes(), err
}

// group is the operations of one tag.
type group struct {
	Tag        string
	Operations []Operation
}

func groups(a *API) (out []group) {
	at := map[string]int{}
	for _, op := range a.Operations {
		i, ok := at[op.Tag]
		if !ok {
			i = len(out)
			at[op.Tag] = i
			out = append(out, group{Tag: op.Tag})
		}
		out[i].Operations = append(out[i].Operations, op)
	}
	return out
}

// Anchor is the operation's name in the page.
func (op Operation) Anchor() string { return op.ID + "-" + strings.ToLower(op.Method) }

// MustTicket and MayTicket are for the page.
func (op Operation) MustTicket() bool { return op.Ticket == Must }

// MayTicket reports whether a session counts but is not needed.
func (op Operation) MayTicket() bool { return op.Ticket == May }

// Permissions are the rights as metadata has them: "a, b|c".
func (op Operation) Permissions() string {
	var all []string
	for _, g := range op.Rights {
		all = append(all, strings.Join(g, "|"))
	}
	return strings.Join(all, ", ")
}

// Everything are all parameters, those of the body last.
func (op Operation) Everything() []Param {
	out := append([]Param(nil), op.Params...)
	for _, p := range op.Body {
		p.In = "body"
		out = append(out, p)
	}
	return out
}

// Curl is a line to try the operation with.
func (op Operation) Curl() string {
	var query []string
	for _, p := range op.Params {
		if p.In == "query" && (p.Required || p.Name == "site" || p.Name == "ticket") {
			query = append(query, url.QueryEscape(p.Name)+"="+strings.ToUpper(p.Name))
		}
	}
	line := "curl"
	if op.Method != "GET" {
		line += " -X " + op.Method
	}
	line += " 'http://HOST" + op.Path
	if len(query) > 0 {
		line += "?" + strings.Join(query, "&")
	}
	line += "'"
	for _, p := range op.Body {
		line += " --data-urlencode '" + p.Name + "=…'"
	}
	return line
}

// Text is the shape on one line: {id: string, tags: [string]?}.
func (s *Shape) Text() string {
	switch {
	case s == nil:
		return "any"
	case s.Items != nil:
		return "[" + s.Items.Text() + "]"
	case len(s.Fields) > 0:
		var fields []string
		for _, f := range s.Fields {
			mark := ""
			if f.Optional {
				mark = "?"
			}
			fields = append(fields, f.Name+mark+": "+f.Shape.Text())
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return s.Type
}

// Below is the operation's path below its tag's folder.
func (op Operation) Below(dom string) string {
	path := strings.TrimPrefix(op.Path, "/api/"+dom+"/")
	return strings.TrimPrefix(path, op.Tag+"/")
}
