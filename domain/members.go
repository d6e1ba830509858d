package domain

import (
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// members are a JSON object's members in order. A key stands once; its last
// value counts.
type members []member

type member struct{ key, raw string }

func readMembers(js []byte) members {
	var ms members
	var at map[string]int // the places, once there are many
	gjson.ParseBytes(js).ForEach(func(k, v gjson.Result) bool {
		key := k.String()
		if len(ms) == manyMembers {
			at = ms.places()
		}
		if at == nil {
			ms = ms.put(key, v.Raw)
		} else if i, ok := at[key]; ok {
			ms[i].raw = v.Raw
		} else {
			at[key] = len(ms)
			ms = append(ms, member{key, v.Raw})
		}
		return true
	})
	return ms
}

// manyMembers is how many a look along them is still quick for.
const manyMembers = 32

func (ms members) places() map[string]int {
	at := make(map[string]int, 2*len(ms))
	for i, m := range ms {
		at[m.key] = i
	}
	return at
}

func (ms members) index(key string) int {
	for i := range ms {
		if ms[i].key == key {
			return i
		}
	}
	return -1
}

// raw is the JSON of a member, "" when there is none.
func (ms members) raw(key string) string {
	if i := ms.index(key); i >= 0 {
		return ms[i].raw
	}
	return ""
}

func (ms members) put(key, raw string) members {
	if i := ms.index(key); i >= 0 {
		ms[i].raw = raw
		return ms
	}
	return append(ms, member{key, raw})
}

// merge puts a patch over ms: a null removes its key.
func (ms members) merge(patch members) members {
	at := ms.places()
	for _, m := range patch {
		i, ok := at[m.key]
		switch {
		case ok:
			ms[i].raw = m.raw
		case m.raw != "null":
			at[m.key] = len(ms)
			ms = append(ms, m)
		}
	}
	removed := make(map[string]bool)
	for _, m := range patch {
		if m.raw == "null" {
			removed[m.key] = true
		}
	}
	return ms.without(func(key string) bool { return removed[key] })
}

func (ms members) without(drop func(key string) bool) members {
	var out members
	for _, m := range ms {
		if !drop(m.key) {
			out = append(out, m)
		}
	}
	return out
}

// json is the members as one compact object.
func (ms members) json() []byte {
	dst := []byte{'{'}
	for i, m := range ms {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(relaxed.AppendString(dst, m.key), ':')
		dst = relaxed.AppendCompact(dst, []byte(m.raw))
	}
	return append(dst, '}')
}

// pretty is the members as people read them.
func (ms members) pretty() []byte {
	return append(relaxed.AppendIndent(nil, ms.json(), "  "), '\n')
}
