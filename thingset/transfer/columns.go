package transfer

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// Columns learns which columns a table of some things needs: a column for each
// field that one of them has, fields of objects within by their paths, lists as
// json.
type Columns struct {
	list []Column
	at   map[string]int
}

// Add looks at one more thing. A thing with ever more columns than a table can
// have fills the table, and the rest is left out.
func (cs *Columns) Add(doc []byte) { cs.add("", gjson.ParseBytes(doc)) }

// List are the columns, in the order in which they were seen.
func (cs *Columns) List() []Column { return cs.list }

func (cs *Columns) add(prefix string, v gjson.Result) {
	v.ForEach(func(key, value gjson.Result) bool {
		name := prefix + strings.ReplaceAll(key.Str, ".", `\.`)
		switch {
		case key.Str == "" || value.Type == gjson.Null || !goodPath(name):
		case value.IsObject() && value.Raw != "{}" && flat(value):
			cs.add(name+".", value)
		default:
			cs.see(name, typeOf(value))
		}
		return true
	})
}

// flat reports whether all names of an object can be columns.
func flat(v gjson.Result) bool {
	ok := true
	v.ForEach(func(key, value gjson.Result) bool {
		ok = key.Str != "" && goodPath(strings.ReplaceAll(key.Str, ".", `\.`)) && (!value.IsObject() || flat(value))
		return ok
	})
	return ok
}

func typeOf(v gjson.Result) string {
	switch {
	case v.Type == gjson.Number && !strings.ContainsAny(v.Raw, ".eE"):
		return "int"
	case v.Type == gjson.Number:
		return "float"
	case v.IsBool():
		return "boolean"
	case v.Type == gjson.String:
		return "text"
	}
	return "json"
}

// see widens a column's type: what is not all of one type is json.
func (cs *Columns) see(path, typ string) {
	if cs.at == nil {
		cs.at = map[string]int{}
	}
	i, ok := cs.at[path]
	if !ok {
		if len(cs.list) < maxColumns {
			cs.at[path] = len(cs.list)
			cs.list = append(cs.list, Column{path, typ})
		}
		return
	}
	c := &cs.list[i]
	switch {
	case c.Type == typ:
	case c.Type == "int" && typ == "float" || c.Type == "float" && typ == "int":
		c.Type = "float"
	default:
		c.Type = "json"
	}
}

// Typed gives columns the types that were seen; one whose path holds an object is
// json.
func (cs *Columns) Typed(columns []Column) []Column {
	out := make([]Column, len(columns))
	for i, c := range columns {
		out[i] = c
		if c.Type != "" {
			continue
		}
		out[i].Type = "text"
		if j, ok := cs.at[c.Path]; ok {
			out[i].Type = cs.list[j].Type
		} else if cs.holds(c.Path) {
			out[i].Type = "json"
		}
	}
	return out
}

// holds reports whether a path was seen as an object with fields of its own.
func (cs *Columns) holds(path string) bool {
	return slices.ContainsFunc(cs.list, func(c Column) bool { return strings.HasPrefix(c.Path, path+".") })
}

// CheckColumns holds columns to what a head may say; a path may bring its type
// (`age:int`).
func CheckColumns(columns []Column) ([]Column, error) {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.Path
	}
	out, err := parseColumns(heads)
	for i := range out {
		if !strings.Contains(heads[i], ":") {
			out[i].Type = ""
		}
	}
	return out, err
}

// Select is a thing with the fields of columns only, in their order.
func Select(doc []byte, columns []Column) []byte {
	out := []byte("{}")
	for _, c := range columns {
		if v := c.cell(doc); v.Exists() {
			if next, err := sjson.SetRawBytes(out, named(c.Path), []byte(v.Raw)); err == nil {
				out = next
			}
		}
	}
	return out
}
