package www

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"
	"golang.org/x/text/unicode/norm"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// What a request may write into the fields that strangers see: pages show them, and
// people know each other by them.

// maxThumb bounds the text of a thumb, in bytes.
const maxThumb = 32 << 10

// profileFields are those fields, each with what makes a value fit to be kept: the JSON
// to keep, false when it is none.
var profileFields = map[string]func(gjson.Result) (any, bool){
	"nm":       nameValue,
	"sex":      sexValue,
	"thumb":    thumbValue,
	"nickname": textValue,
	"country":  textValue,
	"province": textValue,
	"city":     textValue,
}

// profile is what a request writes, fit to be kept: e.thing.fld.regex with the field as
// data. null removes a field.
func profile(fields []byte) (out []byte, err error) {
	doc := gjson.ParseBytes(fields)
	if !doc.IsObject() {
		return fields, nil
	}
	out = append(make([]byte, 0, len(fields)+len(fields)/8), '{')
	doc.ForEach(func(key, value gjson.Result) bool { // in one walk: a key may stand many times
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(relaxed.AppendString(out, key.Str), ':')
		out, err = appendFit(out, key.Str, value)
		return err == nil
	})
	return append(out, '}'), err
}

// appendFit appends a field's value in the form that is kept.
func appendFit(out []byte, key string, value gjson.Result) ([]byte, error) {
	fit, ok := profileFields[key]
	if !ok || value.Type == gjson.Null {
		return append(out, value.Raw...), nil
	}
	v, ok := fit(value)
	if !ok {
		return out, domain.E("e.thing.fld.regex", key).With(key)
	}
	raw, err := json.Marshal(v)
	if s, text := v.(string); text {
		raw, err = relaxed.AppendString(nil, s), nil
	}
	return append(out, raw...), err
}

// textValue is any text, as it is: showing it is the page's to do safely.
func textValue(v gjson.Result) (any, bool) { return v.Str, v.Type == gjson.String }

// nameValue is a name in the one form that it is found by (NFKC), of characters that can
// be seen: two names that look the same are the same.
func nameValue(v gjson.Result) (any, bool) {
	if v.Type != gjson.String && v.Type != gjson.Number {
		return nil, false
	}
	name := normalName(v.String())
	return name, !strings.ContainsFunc(name, isHidden)
}

// normalName is a name as it is kept and looked for.
func normalName(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }

// isHidden tells what a name has not: what cannot be seen, or turns what stands beside
// it around.
func isHidden(r rune) bool {
	return r != ' ' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar ||
		r != ' ' && unicode.IsSpace(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

// sexValue is 0, 1 or 2; what else a number or a text says is the schema's to refuse.
func sexValue(v gjson.Result) (any, bool) {
	switch v.Type {
	case gjson.Number:
		return v.Num, true
	case gjson.String:
		return int(v.Int()), v.Str == "0" || v.Str == "1" || v.Str == "2"
	}
	return nil, false
}

// isPictureText reports whether what follows data: is a picture, and none that is more
// than a page can show.
func isPictureText(opaque string) bool {
	head, text, _ := strings.Cut(opaque, ",")
	kind, form, _ := strings.Cut(head, ";")
	if _, ok := pictures[strings.ToLower(kind)]; !ok {
		return false
	}
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	data := []byte(text)
	if strings.EqualFold(form, "base64") {
		data, _ = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")) // as far as it goes
	}
	return !isBomb(data)
}

// thumbValue is where a picture is: a path, or an address that runs nothing.
func thumbValue(v gjson.Result) (any, bool) {
	u, err := url.Parse(v.Str)
	if v.Type != gjson.String || len(v.Str) > maxThumb || err != nil || strings.ContainsFunc(v.Str, unicode.IsControl) {
		return nil, false
	}
	switch u.Scheme {
	case "", "http", "https":
		return v.Str, true
	case "data":
		return v.Str, isPictureText(u.Opaque)
	}
	return nil, false
}
