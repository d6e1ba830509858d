package thingset

import (
	"strings"

	"github.com/tidwall/gjson"
)

// The tests for what is there at all. They look at a list as a whole.

// isNull is null: absent or null.
type isNull struct{}

func (isNull) holds(_ *look, v gjson.Result) bool { return v.Type == gjson.Null }

// isThere is "[EXISTS]": there, be it null.
type isThere struct{}

func (isThere) holds(_ *look, v gjson.Result) bool { return v.Exists() }

// isValue is "notNil": there and not null.
type isValue struct{}

func (isValue) holds(_ *look, v gjson.Result) bool { return v.Type != gjson.Null }

// isEmpty is "": an empty text, list or object.
type isEmpty struct{}

func (isEmpty) holds(_ *look, v gjson.Result) bool {
	if v.Type != gjson.JSON {
		return v.Type == gjson.String && v.Str == ""
	}
	empty := true
	v.ForEach(func(_, _ gjson.Result) bool { empty = false; return false })
	return empty
}

// isBlank is "[BLANK]": absent, null or text of blanks.
type isBlank struct{}

func (isBlank) holds(_ *look, v gjson.Result) bool {
	return v.Type == gjson.Null || v.Type == gjson.String && strings.TrimSpace(v.Str) == ""
}
