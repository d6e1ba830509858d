package thingset

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/relaxed"
)

// IsSecret tells members that no answer ever shows, at any depth of a record.
func IsSecret(name string) bool {
	return name == "passwd" || name == "salt" || strings.HasPrefix(name, "__")
}

// MayHoldSecrets is a quick look for what IsSecret tells.
func MayHoldSecrets(raw []byte) bool {
	return bytes.Contains(raw, []byte(`"passwd"`)) || bytes.Contains(raw, []byte(`"salt"`)) ||
		bytes.Contains(raw, []byte(`"__`)) || bytes.Contains(raw, []byte(`\u`))
}

// AppendVisible appends a value without secrets at any depth.
func AppendVisible(dst []byte, v gjson.Result) []byte {
	switch {
	case v.Type != gjson.JSON || !strings.Contains(v.Raw, "{"):
		return append(dst, v.Raw...)
	case v.IsObject():
		return AppendVisibleMembers(dst, v.Raw, func(string) bool { return true })
	}
	dst = append(dst, '[')
	for i, item := range v.Array() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendVisible(dst, item)
	}
	return append(dst, ']')
}

// AppendVisibleMembers appends the members of an object that a filter lets through,
// without secrets at any depth.
func AppendVisibleMembers(dst []byte, raw string, lets func(name string) bool) []byte {
	dst = append(dst, '{')
	first := true
	gjson.Parse(raw).ForEach(func(key, value gjson.Result) bool {
		if IsSecret(key.Str) || !lets(key.Str) {
			return true
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(relaxed.AppendString(dst, key.Str), ':')
		dst = AppendVisible(dst, value)
		return true
	})
	return append(dst, '}')
}
