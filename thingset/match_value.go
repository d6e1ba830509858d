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

// value makes the test of a condition's value; not says that a "!"
// negates it.
func (z *matchSize) value(n *relaxed.Node) (t test, not bool, err error) {
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
		t, err = z.oneOf(n)
	case relaxed.Object:
		var m *Matcher
		m, err = z.match(n)
		t = inner{m}
	default: // a hole that is a whole value
		t = exact("")
	}
	return t, false, err
}

// some reports whether a value, or an item of a list, holds.
func some(l *look, v gjson.Result, holds func(*look, gjson.Result) bool) bool {
	if !v.IsArray() {
		return holds(l, v)
	}
	found := false
	v.ForEach(func(_, item gjson.Result) bool {
		found = holds(l, item)
		return !found && !l.over(len(item.Raw))
	})
	return found
}

// isScalar holds for text, numbers, true and false.
func isScalar(v gjson.Result) bool { return v.Type != gjson.Null && v.Type != gjson.JSON }

// exact is a scalar with that text.
type exact string

func (t exact) holds(l *look, v gjson.Result) bool {
	if !v.IsArray() {
		return t.is(l, v)
	}
	return some(l, v, t.is)
}

func (t exact) is(_ *look, v gjson.Result) bool { return isScalar(v) && scalarText(v) == string(t) }

// inner is an object that matches.
type inner struct{ m *Matcher }

func (t inner) holds(l *look, v gjson.Result) bool {
	return some(l, v, func(l *look, v gjson.Result) bool { return v.IsObject() && t.m.match(l, v.Raw) })
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
