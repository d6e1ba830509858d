package thingset

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/tidwall/gjson"
)

// The kinds of values in their order: the first byte of every sort key. What
// is absent sorts with null.
const (
	tagNull   = 0x10
	tagFalse  = 0x20
	tagTrue   = 0x21
	tagNumber = 0x30
	tagString = 0x40
	tagArray  = 0x50
	tagObject = 0x60
)

// SortKey appends a key whose byte order is the order of values: absent and
// null, false, true, numbers by size (as float64), strings by their UTF-8 bytes,
// arrays and objects by their text, without the secrets in it: an order tells of
// everything that it goes by. No key is a prefix of another, so that
// something may follow it and key+"\x00" is its successor. Equal values have
// equal keys; integers beyond 2^53 may share one.
func SortKey(dst []byte, v gjson.Result) []byte {
	switch v.Type {
	case gjson.False:
		return append(dst, tagFalse)
	case gjson.True:
		return append(dst, tagTrue)
	case gjson.Number:
		return appendNumberKey(dst, v.Num)
	case gjson.String:
		return appendTextKey(append(dst, tagString), v.Str)
	case gjson.JSON:
		tag := byte(tagObject)
		if v.IsArray() {
			tag = tagArray
		}
		text := v.Raw
		if MayHoldSecrets([]byte(text)) {
			text = string(AppendVisible(nil, v))
		}
		return appendTextKey(append(dst, tag), text)
	}
	return append(dst, tagNull)
}

// IndexKey appends a record's key in an index: the sort key of the value at the
// index's key path; of an index over several, joined by commas, one after the
// other.
func IndexKey(dst []byte, index string, body []byte) []byte {
	for more := true; more; {
		var path string
		path, index, more = strings.Cut(index, ",")
		dst = SortKey(dst, Field(body, path))
	}
	return dst
}

// appendNumberKey turns the bits of a float64 so that they sort: the sign bit
// of positive numbers is set, all bits of negative ones are flipped.
func appendNumberKey(dst []byte, f float64) []byte {
	if f == 0 {
		f = 0 // -0 is 0
	}
	bits := math.Float64bits(f)
	if bits>>63 == 0 {
		bits |= 1 << 63
	} else {
		bits = ^bits
	}
	return binary.BigEndian.AppendUint64(append(dst, tagNumber), bits)
}

// appendTextKey escapes NUL as 00 FF and ends the text by 00 01, which sorts
// before every continuation.
func appendTextKey(dst []byte, s string) []byte {
	return append(appendTextPrefix(dst, s), 0, 1)
}

// appendTextPrefix is the beginning of the key of every text that begins so.
func appendTextPrefix(dst []byte, s string) []byte {
	for i := range len(s) {
		if dst = append(dst, s[i]); s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return dst
}
