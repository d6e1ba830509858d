package shell

import (
	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/relaxed"
)

// text is a value as people read it: a JSON string without its quotes, null as
// nothing, any other JSON in raw form.
func (v Value) text() string {
	if !v.JSON || v.formatted {
		return v.Text
	}
	switch r := gjson.Parse(v.Text); r.Type {
	case gjson.String:
		return r.Str
	case gjson.Null:
		return ""
	default:
		return v.Text
	}
}

// isNull reports whether the value is a JSON null.
func (v Value) isNull() bool {
	return v.JSON && !v.formatted && gjson.Parse(v.Text).Type == gjson.Null
}

// scalar is what the value becomes in a hole of a document: JSON numbers,
// truth values and null stay themselves, everything else is a text.
func (v Value) scalar() relaxed.Value {
	if !v.JSON {
		return relaxed.Value{Text: v.Text}
	}
	switch r := gjson.Parse(v.Text); r.Type {
	case gjson.String:
		return relaxed.Value{Text: r.Str}
	case gjson.JSON:
		return relaxed.Value{Text: v.Text}
	}
	return relaxed.Value{Text: v.Text, JSON: true}
}

// walk follows steps into a JSON value.
func (v Value) walk(steps []step) (Value, bool) {
	if !v.JSON {
		return Value{}, len(steps) == 0
	}
	r := gjson.Parse(v.Text)
	for _, s := range steps {
		next, ok := s.in(r)
		if !ok {
			return Value{}, false
		}
		r = next
	}
	return Value{Text: r.Raw, JSON: true}, true
}
