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
	gjson.ParseBytes(js).ForEach(func(k, v gjson.Result) bool {
		ms = ms.put(k.String(), v.Raw)
		return true
	})
	return ms
}

func (ms members) index(key string) int {
	for i := range ms {
		if ms[i].key == key {
			return i
		}
	}
	return -1
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
	for _, m := range patch {
		i := ms.index(m.key)
		switch {
		case m.raw != "null":
			ms = ms.put(m.key, m.raw)
		case i >= 0:
			ms = append(ms[:i], ms[i+1:]...)
		}
	}
	return ms
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
