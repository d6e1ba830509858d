package thingset

import (
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// oneOf is a list of values of which one is enough.
type oneOf []alternative

type alternative struct {
	test test
	not  bool
}

func (z *matchSize) oneOf(n *relaxed.Node) (test, error) {
	list := make(oneOf, 0, len(n.Items))
	for _, item := range n.Items {
		if item.Kind == relaxed.Array {
			return nil, fault(item, "值的列表中又有列表", "a list within a list of values")
		}
		t, not, err := z.value(item)
		if err == nil {
			err = z.addValue(item, t, not)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, alternative{t, not})
	}
	if set := list.exacts(); len(set) > 8 {
		return set, nil
	}
	return list, nil
}

func (t oneOf) holds(l *look, v gjson.Result) bool {
	for i := range t {
		if t[i].test.holds(l, v) != t[i].not {
			return true
		}
	}
	return false
}

// exacts is the list as a set when all of it are exact values.
func (t oneOf) exacts() exactSet {
	set := make(exactSet, len(t))
	for _, alt := range t {
		text, ok := alt.test.(exact)
		if !ok || alt.not {
			return nil
		}
		set[string(text)] = struct{}{}
	}
	return set
}

// exactSet is a scalar with one of these texts.
type exactSet map[string]struct{}

func (t exactSet) holds(l *look, v gjson.Result) bool { return some(l, v, t.has) }

func (t exactSet) has(_ *look, v gjson.Result) bool {
	if !isScalar(v) {
		return false
	}
	_, ok := t[scalarText(v)]
	return ok
}
