package form

import (
	"context"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// JSON adds the members of a JSON object. Any other JSON has no parameters. raw
// belongs to p from then on.
func (p *Params) JSON(ctx context.Context, raw []byte) error {
	if err := Measure(raw); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := string(raw)
	if !relaxed.Valid([]byte(text)) {
		return notJSON()
	}
	if at := relaxed.BadByte(text); at >= 0 {
		return domain.E("e.json", domain.Textf("请求体在第 %v 字节处不是 UTF-8", "the request body is not UTF-8 at byte %v", at))
	}
	doc := gjson.Parse(text)
	if !doc.IsObject() {
		return nil
	}
	p.Doc = raw
	var err error
	n := 0
	doc.ForEach(func(k, v gjson.Result) bool {
		err = p.add(domain.Param{Name: k.Str, Value: valueText(v), JSON: raw[v.Index : v.Index+len(v.Raw) : v.Index+len(v.Raw)]}, &n)
		if err == nil && n%step == 0 {
			err = ctx.Err()
		}
		return err == nil
	})
	return err
}

// valueText is a JSON value as a parameter's text: numbers as they were
// written, null as nothing.
func valueText(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Null:
		return ""
	}
	return v.Raw
}

func notJSON() error {
	return domain.E("e.json", domain.Text{ZH: "请求体", EN: "the request body"})
}

// Measure holds a JSON text to the bounds on depth and values, in one pass and before
// anything of it is taken apart: readers recurse, and hold much more for a value than
// its text is long. A text whose brackets do not match is e.json.
func Measure(raw []byte) error {
	depth, deepest, values, quoted := 0, 0, 1, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			values++
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		case c == ',':
			values++
		}
	}
	switch {
	case depth != 0 || quoted:
		return notJSON()
	case deepest > MaxDepth:
		return over("depth", MaxDepth, domain.Textf("JSON 嵌套最多 %v 层", "JSON may be nested %v deep", MaxDepth))
	case values > MaxValues:
		return over("values", MaxValues, domain.Textf("JSON 最多 %v 个值", "JSON may hold %v values", MaxValues))
	}
	return nil
}

func over(name string, most int, what domain.Text) error {
	return domain.E("e.api.params", what).With(bound{name, most})
}
