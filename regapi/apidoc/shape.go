package apidoc

import (
	"fmt"
	"github.com/caryahq/carya/domain"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// Shape is the form of a JSON value: a small part of JSON Schema.
type Shape struct {
	Type   string // string, number, integer, boolean, object, array, any
	Fields []Field
	Items  *Shape // of an array
}

// Field is a member of an object.
type Field struct {
	Name     string
	Shape    *Shape
	Optional bool
}

// Text is the shape of what is text.
func Text() *Shape { return &Shape{Type: "string"} }

// ParseShape reads a shape as metadata has it: a type's name, an object of
// shapes whose keys or types may end with ? (it may be absent), or a list of one
// shape:
//
//	{id:"string", n:"number?", tags:["string"], me:{nm:"string"}}
func ParseShape(n *relaxed.Node) (*Shape, error) {
	switch n.Kind {
	case relaxed.String:
		return namedShape(n.String())
	case relaxed.Array:
		if len(n.Items) != 1 {
			return nil, domain.Errorf("列表只写一项：即各项的结构", "a list has one item: the shape of all of them")
		}
		items, err := ParseShape(n.Items[0])
		return &Shape{Type: "array", Items: items}, err
	case relaxed.Object:
		return objectShape(n)
	}
	return nil, domain.Errorf("必须是类型名、对象或只有一项的列表", "must be a type's name, an object or a list of one")
}

func namedShape(name string) (*Shape, error) {
	switch name {
	case "string", "number", "integer", "boolean", "object", "any":
		return &Shape{Type: name}, nil
	}
	return nil, domain.Errorf("%q 不是类型：可用 string、number、integer、boolean、object、any", "%q is no type: string, number, integer, boolean, object, any", name)
}

func objectShape(n *relaxed.Node) (*Shape, error) {
	out := &Shape{Type: "object"}
	for _, f := range n.Fields {
		field, err := parseField(f.Key, f.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Key, err)
		}
		out.Fields = append(out.Fields, field)
	}
	return out, nil
}

func parseField(key string, n *relaxed.Node) (Field, error) {
	name, optional := strings.CutSuffix(key, "?")
	if n.Kind == relaxed.String {
		if typ, may := strings.CutSuffix(n.String(), "?"); may {
			s, err := namedShape(typ)
			return Field{name, s, true}, err
		}
	}
	s, err := ParseShape(n)
	return Field{name, s, optional}, err
}

// schema is the shape as JSON Schema.
func (s *Shape) schema() map[string]any {
	if s == nil || s.Type == "any" {
		return map[string]any{}
	}
	out := map[string]any{"type": s.Type}
	switch {
	case s.Items != nil:
		out["items"] = s.Items.schema()
	case len(s.Fields) > 0:
		out["properties"], out["required"] = fieldSchemas(s.Fields)
		if len(out["required"].([]string)) == 0 {
			delete(out, "required")
		}
	}
	return out
}

func fieldSchemas(fields []Field) (map[string]any, []string) {
	props, required := map[string]any{}, []string{}
	for _, f := range fields {
		props[f.Name] = f.Shape.schema()
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	return props, required
}
