package thingset

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Schema is what thing.json says of a ThingSet. The zero Schema asks for
// nothing.
type Schema struct {
	unique  []uniqueKey
	fields  []fieldRule
	indexes []string
	loose   int
}

// uniqueKey is one of uniqueKeys: [{name:["a","b"],required}].
type uniqueKey struct {
	names    []string
	required bool
}

// schemaDoc is thing.json as it is written.
type schemaDoc struct {
	UniqueKeys []struct {
		Name     []string `json:"name"`
		Required bool     `json:"required"`
	} `json:"uniqueKeys"`
	Fields []struct {
		Key      string          `json:"key"`
		Validate json.RawMessage `json:"validate"`
	} `json:"fields"`
	Indexes []string `json:"indexes"`
	Loose   int      `json:"loose"`
}

// ParseSchema reads a thing.json: relaxed JSON. A fault is e.thing.schema with
// `line:col: what` as its detail.
func ParseSchema(src []byte) (*Schema, error) {
	text := string(src)
	root, err := relaxed.Parse(text)
	if err != nil {
		return nil, schemaFault(text, err, nil)
	}
	if root.Kind != relaxed.Object {
		return nil, schemaFault(text, errors.New("want an object"), root)
	}
	var doc schemaDoc
	for _, f := range root.Fields {
		if err := doc.take(f); err != nil {
			return nil, schemaFault(text, err, f.Value)
		}
	}
	return doc.schema(text, root)
}

// take reads one member; other members belong to the owner.
func (doc *schemaDoc) take(f relaxed.Field) error {
	into := map[string]any{"uniqueKeys": &doc.UniqueKeys, "fields": &doc.Fields, "indexes": &doc.Indexes, "loose": &doc.Loose}[f.Key]
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(f.Value.AppendJSON(nil), into); err != nil {
		return fmt.Errorf("%s: %s", f.Key, shapes[f.Key])
	}
	return nil
}

// shapes say what the members look like.
var shapes = map[string]string{
	"uniqueKeys": `want a list of {name:["key",…], required:true|false}`,
	"fields":     `want a list of {key:"key", validate:{…}}`,
	"indexes":    `want a list of key paths`,
	"loose":      `want a number`,
}

func (doc *schemaDoc) schema(text string, root *relaxed.Node) (*Schema, error) {
	s := &Schema{indexes: doc.Indexes, loose: doc.Loose}
	for _, k := range doc.UniqueKeys {
		if len(k.Name) == 0 || slices.ContainsFunc(k.Name, func(n string) bool { return !validPath(n) }) {
			return nil, schemaFault(text, errors.New("uniqueKeys: a key has no name"), memberOf(root, "uniqueKeys"))
		}
		s.unique = append(s.unique, uniqueKey{k.Name, k.Required})
	}
	for _, path := range doc.Indexes {
		if !validPath(path) {
			return nil, schemaFault(text, fmt.Errorf("indexes: %q is no key path", path), memberOf(root, "indexes"))
		}
	}
	for _, f := range doc.Fields {
		rule, err := parseRule(f.Key, f.Validate)
		if err != nil {
			return nil, schemaFault(text, err, memberOf(root, "fields"))
		}
		s.fields = append(s.fields, rule)
	}
	return s, nil
}

func memberOf(n *relaxed.Node, key string) *relaxed.Node {
	for _, f := range n.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return n
}

// schemaFault gives an error its place.
func schemaFault(text string, err error, at *relaxed.Node) error {
	offset := 0
	if e, ok := errors.AsType[*relaxed.Error](err); ok {
		offset = e.Offset
	} else if at != nil {
		offset = at.Offset
	}
	line, col := relaxed.LineCol(text, offset)
	return domain.E("e.thing.schema", fmt.Sprintf("%d:%d: %s", line, col, err)).
		With(domain.Fault{Line: line, Col: col, Msg: err.Error()})
}

// Def is what the engine must know.
func (s *Schema) Def() Def {
	d := Def{Indexes: s.indexes, Loose: s.loose}
	for _, k := range s.unique {
		d.Unique = append(d.Unique, k.names)
	}
	return d
}

// Check holds a whole record against the schema: fields (e.thing.fld.…) and
// unique keys (e.thing.ukey.required, e.thing.ukey.partly).
func (s *Schema) Check(doc []byte) error {
	for _, f := range s.fields {
		if err := f.check(Field(doc, f.key)); err != nil {
			return err
		}
	}
	for _, k := range s.unique {
		if err := k.check(doc); err != nil {
			return err
		}
	}
	return nil
}

func (k uniqueKey) check(doc []byte) error {
	given := 0
	for _, name := range k.names {
		if v := Field(doc, name); v.Type != gjson.Null && v.String() != "" {
			given++
		}
	}
	switch {
	case given == 0 && k.required:
		return domain.E("e.thing.ukey.required", k.names).With(k.names)
	case given > 0 && given < len(k.names):
		return domain.E("e.thing.ukey.partly", k.names).With(k.names)
	}
	return nil
}
