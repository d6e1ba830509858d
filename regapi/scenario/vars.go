package scenario

import (
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// vars are the values that a scenario has saved.
type vars map[string]shell.Value

// Lookup implements shell.Vars.
func (v vars) Lookup(key string) (shell.Value, bool) {
	val, ok := v[key]
	return val, ok
}

// escaped are variables as one kind of text takes them. missed are the names
// that nobody saved.
type escaped struct {
	vars
	how    func(shell.Value) string
	missed []string
}

// Lookup implements shell.Vars.
func (e *escaped) Lookup(key string) (shell.Value, bool) {
	v, ok := e.vars[key]
	if !ok {
		e.missed = append(e.missed, key)
		return v, false
	}
	return shell.Value{Text: e.how(v)}, true
}

// fill fills a text's placeholders; missing is a name without value and
// without default.
func (v vars) fill(src string, how func(shell.Value) string) (out, missing string, err error) {
	t, err := shell.ParseTemplate(src)
	if err != nil {
		return "", "", err
	}
	e := &escaped{vars: v, how: how}
	out = string(t.Append(nil, e))
	for _, key := range e.missed {
		if strings.Contains(src, "${"+key+"}") {
			return out, key, nil
		}
	}
	return out, "", nil
}

// How values go into a text.
func asText(v shell.Value) string  { return v.Text }
func inQuery(v shell.Value) string { return url.QueryEscape(v.Text) }

// inJSON is a value inside of a JSON document: what is JSON stands for itself,
// a text is escaped for the string that it stands in.
func inJSON(v shell.Value) string {
	if v.JSON {
		return v.Text
	}
	quoted := relaxed.AppendString(nil, v.Text)
	return string(quoted[1 : len(quoted)-1])
}

// inBody is how a body of a type takes values.
func inBody(contentType string) func(shell.Value) string {
	switch {
	case strings.Contains(contentType, "json"):
		return inJSON
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		return inQuery
	}
	return asText
}
