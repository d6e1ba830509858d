package thingset

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// UniqueValues are the values of a unique key of a record, as text: what
// Store.Find takes. ok is false when the record makes no claim on that key: one of
// its values is absent, null or "".
func UniqueValues(def Def, key int, body []byte) (values []string, ok bool) {
	names := def.Unique[key]
	values = make([]string, len(names))
	for i, name := range names {
		if values[i] = scalarText(Field(body, name)); values[i] == "" {
			return nil, false
		}
	}
	return values, true
}

// JoinValues makes one text of the values of a unique key, so that two lists of
// equal length are equal when their texts are.
func JoinValues(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	var b strings.Builder
	for _, v := range values {
		b.WriteString(strconv.Itoa(len(v)))
		b.WriteByte(':')
		b.WriteString(v)
	}
	return b.String()
}

// ValueText is the text of a value that a unique key compares, "" for what makes
// no claim: UniqueValues for an engine that has read the values already.
func ValueText(v gjson.Result) string { return scalarText(v) }

// scalarText is a value as text. Two scalars are equal when their texts are: 18
// equals "18", and a phone number given as a number claims the same unique value
// as its text. Arrays and objects are their JSON; what is absent and null is "".
func scalarText(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number:
		return numberText(v.Raw, v.Num)
	case gjson.Null:
		return ""
	}
	return v.Raw
}

// numberText is the shortest text of a number, without an exponent between 1e-6
// and 1e21 (as ECMAScript writes them). Integers keep all their digits.
func numberText(raw string, f float64) string {
	if isInteger(raw) {
		return raw
	}
	if f == 0 {
		return "0"
	}
	if abs := max(f, -f); abs >= 1e21 || abs < 1e-6 {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func isInteger(raw string) bool {
	s := strings.TrimPrefix(raw, "-")
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return raw != "-0"
}
