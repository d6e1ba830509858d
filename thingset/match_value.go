package thingset

import (
	"github.com/caryahq/carya/domain"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

func fault(n *relaxed.Node, zh, en string, args ...any) error {
	msg := domain.Textf(zh, en, args...)
	return &relaxed.Error{Offset: n.Offset, Msg: msg.EN, ZH: msg.ZH}
}

// compileValue makes the test of a condition's value; not says that a "!"
// negates it.
func compileValue(n *relaxed.Node) (t test, not bool, err error) {
	switch n.Kind {
	case relaxed.Null:
		return isNull{}, false, nil
	case relaxed.Bool:
		return exact(n.Raw), false, nil
	case relaxed.Number:
		return exact(numberText(n.Raw, gjson.Parse(n.Raw).Num)), false, nil
	case relaxed.String:
		return compileText(n)
	case relaxed.Array:
		t, err = compileOneOf(n)
	case relaxed.Object:
		var m *Matcher
		m, err = compileMatch(n)
		t = inner{m}
	default: // a hole that is a whole value
		t = exact("")
	}
	return t, false, err
}

// some reports whether a value, or an item of a list, holds.
func some(v gjson.Result, holds func(gjson.Result) bool) bool {
	if !v.IsArray() {
		return holds(v)
	}
	found := false
	v.ForEach(func(_, item gjson.Result) bool {
		found = holds(item)
		return !found
	})
	return found
}

// isScalar holds for text, numbers, true and false.
func isScalar(v gjson.Result) bool { return v.Type != gjson.Null && v.Type != gjson.JSON }

// exact is a scalar with that text.
type exact string

func (t exact) holds(v gjson.Result) bool {
	if !v.IsArray() {
		return t.is(v)
	}
	return some(v, t.is)
}

func (t exact) is(v gjson.Result) bool { return isScalar(v) && scalarText(v) == string(t) }

// inner is an object that matches.
type inner struct{ m *Matcher }

func (t inner) holds(v gjson.Result) bool {
	return some(v, func(v gjson.Result) bool { return v.IsObject() && t.m.match(v.Raw) })
}

// appendInner adds the key paths of tests within a test.
func appendInner(dst []string, key string, t test) []string {
	switch t := t.(type) {
	case inner:
		for _, k := range t.m.Keys() {
			dst = append(dst, key+"."+k)
		}
	case oneOf:
		for _, alt := range t {
			dst = appendInner(dst, key, alt.test)
		}
	}
	return dst
}
