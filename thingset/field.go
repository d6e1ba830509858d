package thingset

import (
	"math"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// Field reads the value at a key path of a record: member names joined by dots,
// a number picks an item of an array ("addr.city", "tags.0"). No name has another
// meaning than itself: "*", "#" or "@this" are just odd member names. A value
// that is not there does not Exist. Body must be strict JSON and must not change
// while the result is in use.
func Field(body []byte, path string) gjson.Result {
	if !isPlainPath(path) {
		path = escapePath(path)
	}
	return field(body, path)
}

// field is Field of a path that needs no escape or has it.
func field(body []byte, path string) gjson.Result {
	return gjson.Get(text(body), path)
}

// text is body without a copy: records never change.
func text(body []byte) string {
	return unsafe.String(unsafe.SliceData(body), len(body))
}

func isPlainPath(path string) bool {
	for i := range len(path) {
		if c := path[i]; !isWordByte(c) && (c != '.' || i == 0 || path[i-1] == '.') {
			return false
		}
	}
	return path != ""
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// escapePath is the gjson path of a key path.
func escapePath(path string) string {
	names := strings.Split(path, ".")
	for i, name := range names {
		names[i] = gjson.Escape(name)
	}
	return strings.Join(names, ".")
}

// validPath reports whether a key path names something: no name in it is empty.
func validPath(path string) bool {
	return path != "" && path[0] != '.' && path[len(path)-1] != '.' && !strings.Contains(path, "..")
}

// Expi is the time at which a record ceases to be, in Unix ms: its member
// "expi" when that is a number above 0 that an int64 holds. 0 means never.
func Expi(body []byte) int64 { return ExpiValue(field(body, "expi")) }

// ExpiValue is Expi of the member's value.
func ExpiValue(v gjson.Result) int64 {
	if v.Type != gjson.Number || v.Num <= 0 {
		return 0
	}
	if v.Num >= math.MaxInt64 {
		return 0
	}
	return v.Int()
}
