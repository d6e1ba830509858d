package thingset

import (
	"context"
	"errors"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// The bounds of a match: each condition costs a look at every record that is read.
const (
	maxConditions = 100    // members of objects and items of lists, exact values not counted
	maxValues     = 20_000 // exact values in lists, together
	maxNested     = 10     // objects within objects
)

// matchSize is how large the match is that is being compiled.
type matchSize struct{ conditions, values, depth int }

// add counts conditions.
func (z *matchSize) add(n *relaxed.Node, conditions int) error {
	if z.conditions += conditions; z.conditions > maxConditions {
		return fault(n, "匹配条件超过 %v 个", "a match has more than %v conditions", maxConditions)
	}
	return nil
}

// addValue counts an item of a list of values.
func (z *matchSize) addValue(n *relaxed.Node, t test, not bool) error {
	if _, ok := t.(exact); !ok || not {
		return z.add(n, 1)
	}
	if z.values++; z.values > maxValues {
		return fault(n, "匹配条件的列表超过 %v 个值", "the lists of a match hold more than %v values", maxValues)
	}
	return nil
}

// Matcher is a compiled match: conditions on the values at key paths. It is
// immutable; many goroutines may use it at once.
//
// A match is an object; all its members must hold. A list of objects holds when
// any of them does. A key is a key path (see Field); a leading "!" on it
// negates. The values:
//
//	"text", 18, true     that scalar; scalars are compared as text: 18 is "18"
//	"^re"                a regular expression (RE2), open at its end
//	"a*b"                a wildcard: each * is any text
//	"~~x"                the same without case; x may be a wildcard or begin with ^
//	"[1,100)" "(0,]"     a range of numbers, also of numbers in text; a missing end is open
//	"[2020-01-01,)"      a range of dates: of texts yyyy-MM-dd[ HH:mm:ss] in local time
//	                     (a date alone is its first instant) and of numbers in Unix ms
//	null                 absent or null
//	""                   empty text, list or object
//	"[BLANK]"            absent, null or text of blanks
//	"[EXISTS]"           there, be it null
//	"notNil"             there and not null
//	[…]                  one of these
//	{…}                  an object that matches
//	"!…"                 not …
//
// It has up to 100 conditions, on up to 10 levels; lists of exact values may be long.
//
// Where a record has a list, one item that holds is enough; "!" negates the
// whole. Only literal text holds operators: what filled a hole is text to be
// found as it is, the bound of a range, or a scalar.
type Matcher struct {
	any [][]cond
}

// cond is a condition on the value at a key path.
type cond struct {
	key  string
	path string // of gjson
	not  bool
	test test
}

// test is what a value must be. The value of an absent key does not Exist.
type test interface {
	holds(l *look, v gjson.Result) bool
}

// CompileMatch makes a Matcher of a document; nil is one that holds for every
// record. Faults are e.thing.match.
func CompileMatch(n *relaxed.Node) (*Matcher, error) {
	if n == nil {
		return &Matcher{any: [][]cond{nil}}, nil
	}
	m, err := new(matchSize).match(n)
	if re, ok := errors.AsType[*relaxed.Error](err); ok {
		return nil, domain.E("e.thing.match", domain.Text{ZH: re.ZH, EN: re.Msg})
	}
	return m, err
}

// CheckMatch looks for faults in a document that may still have holes, as a
// script's match has when it is loaded: they count as empty text. Faults are
// *relaxed.Error: they know their place.
func CheckMatch(n *relaxed.Node) error {
	_, err := new(matchSize).match(n)
	return err
}

// ParseMatch compiles a match as a caller sent it. Blank text holds for every
// record.
func ParseMatch(src string) (*Matcher, error) {
	if strings.TrimSpace(src) == "" {
		return CompileMatch(nil)
	}
	n, err := relaxed.Parse(src)
	if re, ok := errors.AsType[*relaxed.Error](err); ok {
		return nil, domain.E("e.thing.match", domain.Textf("%v，第 %v 字节处", "%v at byte %v", domain.Text{ZH: re.ZH, EN: re.Msg}, re.Offset))
	}
	return CompileMatch(n)
}

// match compiles a match, the whole one or an object within it.
func (z *matchSize) match(n *relaxed.Node) (*Matcher, error) {
	if z.depth++; z.depth > maxNested {
		return nil, fault(n, "匹配条件的嵌套超过 %v 层", "a match is nested deeper than %v", maxNested)
	}
	defer func() { z.depth-- }()
	switch n.Kind {
	case relaxed.Object:
		all, err := z.all(n)
		return &Matcher{any: [][]cond{all}}, err
	case relaxed.Array:
		m := &Matcher{}
		for _, item := range n.Items {
			if item.Kind != relaxed.Object {
				return nil, fault(item, "备选列表中只能是对象", "a list of alternatives holds objects only")
			}
			all, err := z.all(item)
			if err != nil {
				return nil, err
			}
			m.any = append(m.any, all)
		}
		return m, nil
	}
	return nil, fault(n, "匹配条件是对象或对象的列表", "a match is an object or a list of objects")
}

func (z *matchSize) all(n *relaxed.Node) ([]cond, error) {
	if err := z.add(n, max(1, len(n.Fields))); err != nil {
		return nil, err
	}
	all := make([]cond, 0, len(n.Fields))
	for _, f := range n.Fields {
		c, err := z.cond(f)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (z *matchSize) cond(f relaxed.Field) (cond, error) {
	key, not := strings.CutPrefix(f.Key, "!")
	if !validPath(key) {
		return cond{}, fault(f.Value, "%q 不是键的路径", "%q is no key path", f.Key)
	}
	t, notValue, err := z.value(f.Value)
	return cond{key, escapePath(key), not != notValue, t}, err
}

// Match reports whether a record holds. Body must be strict JSON. A nil Matcher
// holds for every record. It fails with the context's error when that ends first.
func (m *Matcher) Match(ctx context.Context, body []byte) (bool, error) {
	if m == nil {
		return true, nil
	}
	l := look{Context: ctx}
	found := m.match(&l, text(body))
	return found && l.ended == nil, l.ended
}

func (m *Matcher) match(l *look, body string) bool {
	for _, all := range m.any {
		if matchAll(l, all, body) {
			return true
		}
	}
	return false
}

func matchAll(l *look, all []cond, body string) bool {
	for i := range all {
		c := &all[i]
		if l.over(len(body)) || c.test.holds(l, gjson.Get(body, c.path)) == c.not {
			return false
		}
	}
	return true
}

// All reports whether the match has no condition: it holds for every record.
func (m *Matcher) All() bool {
	if m == nil {
		return true
	}
	for _, all := range m.any {
		if len(all) == 0 {
			return true
		}
	}
	return false
}

// Keys are the key paths that the match looks at, those inside of objects with
// their whole path; a path may stand more than once.
func (m *Matcher) Keys() []string {
	if m == nil {
		return nil
	}
	var out []string
	for _, all := range m.any {
		for _, c := range all {
			out = append(out, c.key)
			out = appendInner(out, c.key, c.test)
		}
	}
	return out
}
