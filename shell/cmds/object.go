package cmds

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// member is one member of a JSON object; raw is strict JSON.
type member struct{ key, raw string }

// object is a JSON object taken apart, in order. A key stands once: the last
// value counts, at the first one's place. The zero object is empty.
type object struct {
	list []member       // a removed one has no raw
	at   map[string]int // the places, once there are many
}

// objectOf takes a strict JSON object apart; anything else has no members.
func objectOf(raw string) *object {
	o := &object{}
	eachMember(raw, o.put)
	return o
}

// eachMember walks the members of a strict JSON object.
func eachMember(raw string, f func(key, raw string)) {
	if r := gjson.Parse(raw); r.IsObject() {
		r.ForEach(func(k, v gjson.Result) bool { f(k.Str, v.Raw); return true })
	}
}

// few is the number of members up to which a look along them is quicker.
const few = 16

func (o *object) index(key string) int {
	if o.at == nil && len(o.list) > few {
		o.at = make(map[string]int, 2*len(o.list))
		for i, m := range o.list {
			o.at[m.key] = i
		}
	}
	if o.at == nil {
		return slices.IndexFunc(o.list, func(m member) bool { return m.key == key })
	}
	if i, ok := o.at[key]; ok {
		return i
	}
	return -1
}

func (o *object) get(key string) (string, bool) {
	if i := o.index(key); i >= 0 && o.list[i].raw != "" {
		return o.list[i].raw, true
	}
	return "", false
}

// put sets a member to strict JSON; an empty raw removes it.
func (o *object) put(key, raw string) {
	i := o.index(key)
	if i >= 0 {
		o.list[i].raw = raw
		return
	}
	if o.at != nil {
		o.at[key] = len(o.list)
	}
	o.list = append(o.list, member{key, raw})
}

// members are what is there, in order.
func (o *object) members() []member {
	return slices.DeleteFunc(slices.Clone(o.list), func(m member) bool { return m.raw == "" })
}

// appendJSON appends the object in one line.
func (o *object) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	first := true
	for _, m := range o.list {
		if m.raw == "" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(relaxed.AppendString(dst, m.key), ':')
		dst = append(dst, m.raw...)
	}
	return append(dst, '}')
}

func (o *object) json() string { return string(o.appendJSON(nil)) }

// sort orders the members by key.
func (o *object) sort() {
	slices.SortFunc(o.list, func(a, b member) int { return strings.Compare(a.key, b.key) })
	o.at = nil
}
