package rows

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/gjson"
)

// Shape says which keys a set's rows have.
type Shape struct {
	def    thingset.Def
	orders []string // id, ct, lm and the definition's indexes, each once
	paths  []string // every key path that a record is asked for, once; expi is the first
	unique [][]int  // the paths of a unique key
	sorts  [][]int  // the paths of each order but id's
}

// NewShape is the shape of a definition.
func NewShape(def thingset.Def) *Shape {
	s := &Shape{def: def, orders: []string{"id", "ct", "lm"}, paths: []string{"expi"}}
	for _, key := range def.Indexes {
		if !slices.Contains(s.orders, key) {
			s.orders = append(s.orders, key)
		}
	}
	for _, key := range s.orders[1:] {
		s.sorts = append(s.sorts, s.numbers(strings.Split(key, ",")))
	}
	for _, names := range def.Unique {
		s.unique = append(s.unique, s.numbers(names))
	}
	return s
}

// Same reports whether two definitions give rows the same keys.
func Same(a, b thingset.Def) bool {
	return slices.EqualFunc(a.Unique, b.Unique, slices.Equal[[]string]) && slices.Equal(a.Indexes, b.Indexes)
}

// numbers are the numbers of key paths.
func (s *Shape) numbers(keys []string) []int {
	list := make([]int, len(keys))
	for i, key := range keys {
		list[i] = s.path(key)
	}
	return list
}

// path is the number of a key path.
func (s *Shape) path(key string) int {
	if i := slices.Index(s.paths, key); i >= 0 {
		return i
	}
	s.paths = append(s.paths, key)
	return len(s.paths) - 1
}

// Keys are all keys of a record as one run of bytes, as they lie in memory and
// in key files: the time of expiry (0 none), then fields, each with its length
// plus 1 (0: the record has none): id, a text for each unique key, a sort key for
// each order but id's. Numbers are uvarints.
type Keys []byte

// AppendKeys appends the keys of a record.
func (s *Shape) AppendKeys(dst Keys, id string, body []byte) Keys {
	var buf [16]gjson.Result
	values := s.values(buf[:0], body)
	dst = binary.AppendUvarint(dst, uint64(thingset.ExpiValue(values[0])))
	dst = appendField(dst, id)
	for _, paths := range s.unique {
		dst = appendUnique(dst, paths, values)
	}
	var key [64]byte
	for _, paths := range s.sorts {
		sort := key[:0]
		for _, path := range paths {
			sort = thingset.SortKey(sort, values[path])
		}
		dst = appendField(dst, sort)
	}
	return dst
}

// values are what a record has at the shape's paths, read in one go as far as
// these are plain names of members.
func (s *Shape) values(dst []gjson.Result, body []byte) []gjson.Result {
	dst = slices.Grow(dst, len(s.paths))[:len(s.paths)]
	gjson.Parse(view(body)).ForEach(func(name, v gjson.Result) bool {
		for i, path := range s.paths {
			if path == name.Str && dst[i].Type == gjson.Null && dst[i].Raw == "" {
				dst[i] = v
			}
		}
		return true
	})
	for i, path := range s.paths {
		if strings.Contains(path, ".") {
			dst[i] = thingset.Field(body, path)
		}
	}
	return dst
}

// appendUnique appends the text of a unique key, as thingset.UniqueValues and
// JoinValues make it.
func appendUnique(dst Keys, paths []int, values []gjson.Result) Keys {
	if len(paths) == 1 {
		if text := thingset.ValueText(values[paths[0]]); text != "" {
			return appendField(dst, text)
		}
		return append(dst, 0)
	}
	texts := make([]string, len(paths))
	for i, path := range paths {
		if texts[i] = thingset.ValueText(values[path]); texts[i] == "" {
			return append(dst, 0)
		}
	}
	return appendField(dst, thingset.JoinValues(texts))
}

func appendField[T ~string | ~[]byte](dst Keys, v T) Keys {
	return append(binary.AppendUvarint(dst, uint64(len(v))+1), v...)
}

// Unique is how many unique keys there are.
func (s *Shape) Unique() int { return len(s.def.Unique) }

// fields is how many fields the keys have.
func (s *Shape) fields() int { return len(s.def.Unique) + len(s.orders) }

// Cut gives the keys that data begins with and the rest; ok is false when it
// does not begin with keys of this shape.
func (s *Shape) Cut(data []byte) (k Keys, rest []byte, ok bool) {
	at := data
	for range s.fields() + 1 { // the time of expiry is one more number
		v, n := binary.Uvarint(at)
		if n <= 0 {
			return nil, nil, false
		}
		if at = at[n:]; len(at) != len(data)-n && v > 0 {
			if v-1 > uint64(len(at)) {
				return nil, nil, false
			}
			at = at[v-1:]
		}
	}
	return data[: len(data)-len(at) : len(data)-len(at)], at, true
}

// trim cuts off what lies behind the keys.
func (s *Shape) trim(data []byte) Keys {
	k, _, _ := s.Cut(data)
	return k
}

// Expi is the time of expiry in Unix ms, 0 when there is none.
func (k Keys) Expi() int64 {
	v, _ := binary.Uvarint(k)
	return int64(v)
}

// IDOf is the id that keys of any shape begin with; ok is false when they do not.
func IDOf(data []byte) (id []byte, ok bool) {
	_, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, false
	}
	data = data[n:]
	size, n := binary.Uvarint(data)
	if n <= 0 || size == 0 || size-1 > uint64(len(data)-n) {
		return nil, false
	}
	return data[n:][: size-1 : size-1], true
}

// ID is the record's id; the bytes are those of the keys.
func (k Keys) ID() []byte {
	id, _ := k.field(0)
	return id
}

// Unique is the text of unique key n.
func (k Keys) Unique(n int) ([]byte, bool) { return k.field(1 + n) }

// field is field n; k may be longer than the keys are.
func (k Keys) field(n int) (v []byte, ok bool) {
	skip := 1 // past the time of expiry, which few have
	if k[0] >= 0x80 {
		_, skip = binary.Uvarint(k)
	}
	at := k[skip:]
	for {
		size, skip := uint64(at[0]), 1
		if size >= 0x80 {
			size, skip = binary.Uvarint(at)
		}
		at = at[skip:]
		if n == 0 {
			if size == 0 {
				return nil, false
			}
			return at[: size-1 : size-1], true
		}
		if n--; size > 0 {
			at = at[size-1:]
		}
	}
}

// sort appends the sort key of order n.
func (s *Shape) sort(dst []byte, k Keys, n int) []byte {
	if n == 0 {
		return appendIDKey(dst, k.ID())
	}
	v, _ := k.field(len(s.def.Unique) + n)
	return append(dst, v...)
}

// SameTime reports whether two records have the same lm, the time of the last change.
// It is false when they have none.
func (s *Shape) SameTime(a, b Keys) bool {
	const lm = 2 // of the orders
	x, _ := a.field(len(s.def.Unique) + lm)
	y, _ := b.field(len(s.def.Unique) + lm)
	return len(x) > 0 && bytes.Equal(x, y)
}

func appendIDKey(dst, id []byte) []byte {
	return thingset.SortKey(dst, gjson.Result{Type: gjson.String, Str: view(id)})
}

// IDKeys appends keys that hold an id and nothing else: they are of no shape.
func IDKeys(dst Keys, id string) Keys { return appendField(append(dst, 0), id) }
