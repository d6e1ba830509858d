package thingset

import (
	"slices"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// members are an object's members in order, their values as JSON. A name that
// stands twice has its last value, in the first place.
type members struct {
	list  []member
	index map[string]int // once they are many
}

type member struct{ key, raw string }

const manyMembers = 32

// readMembers reads a strict JSON object: e.json when it is none.
func readMembers(body []byte) (*members, error) {
	if !utf8.Valid(body) || !relaxed.Valid(body) {
		return nil, domain.E("e.json", domain.Text{ZH: "数据必须是 JSON 对象", EN: "a thing is a JSON object"})
	}
	v := gjson.Parse(text(body))
	if !v.IsObject() {
		return nil, domain.E("e.json", domain.Text{ZH: "数据必须是 JSON 对象", EN: "a thing is a JSON object"})
	}
	ms := &members{list: make([]member, 0, 16)}
	v.ForEach(func(key, value gjson.Result) bool {
		ms.set(key.Str, value.Raw)
		return true
	})
	return ms, nil
}

// find is the place of a member, -1 when there is none.
func (ms *members) find(key string) int {
	if ms.index != nil {
		if i, ok := ms.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(ms.list, func(m member) bool { return m.key == key })
}

// raw is the JSON of a member, "" when there is none.
func (ms *members) raw(key string) string {
	if i := ms.find(key); i >= 0 {
		return ms.list[i].raw
	}
	return ""
}

// value is a member; one that is not there does not Exist.
func (ms *members) value(key string) gjson.Result {
	if raw := ms.raw(key); raw != "" {
		return gjson.Parse(raw)
	}
	return gjson.Result{}
}

// set changes a member or adds it at the end.
func (ms *members) set(key, raw string) {
	if i := ms.find(key); i >= 0 {
		ms.list[i].raw = raw
		return
	}
	ms.list = append(ms.list, member{key, raw})
	switch {
	case ms.index != nil:
		ms.index[key] = len(ms.list) - 1
	case len(ms.list) > manyMembers:
		ms.index = make(map[string]int, 2*len(ms.list))
		for i, m := range ms.list {
			ms.index[m.key] = i
		}
	}
}

// drop makes members go: what is null is not there.
func (ms *members) drop(keys ...string) {
	for _, key := range keys {
		if i := ms.find(key); i >= 0 {
			ms.list[i].raw = "null"
		}
	}
}

// remove takes members out.
func (ms *members) remove(f func(member) bool) {
	list := slices.DeleteFunc(ms.list, f)
	ms.list, ms.index = nil, nil
	for _, m := range list {
		ms.set(m.key, m.raw)
	}
}

// merge changes members as a patch says; null makes one go.
func (ms *members) merge(patch *members) {
	for _, m := range patch.list {
		if m.raw != "null" {
			ms.set(m.key, m.raw)
		} else {
			ms.drop(m.key)
		}
	}
}

// append writes the object without its nulls.
func (ms *members) append(dst []byte) []byte {
	dst = append(dst, '{')
	first := true
	for _, m := range ms.list {
		if m.raw == "null" {
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

// size is about how long append's answer is.
func (ms *members) size() int {
	n := 2
	for _, m := range ms.list {
		n += len(m.key) + len(m.raw) + 4
	}
	return n
}
