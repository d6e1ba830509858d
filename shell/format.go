package shell

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// format turns a value into another; false means that the value does not fit.
// It is compiled at load and shared by all runs.
type format func(Value) (Value, bool)

// compileFormat reads <type:spec> and <:spec> and mappings. Each family has its
// file: format_number.go, format_date.go, format_boolean.go, format_string.go,
// format_json.go, format_map.go, format_escape.go.
func compileFormat(f *syntax.Format) (format, error) {
	if f.Map != nil {
		return mapFormat(f.Map), nil
	}
	switch f.Type {
	case "int":
		return intFormat(f.Spec)
	case "float":
		return floatFormat(f.Spec)
	case "date":
		return dateFormat(f.Spec)
	case "boolean":
		return booleanFormat(f.Spec)
	case "string", "":
		return stringFormat(f.Spec)
	case "json":
		return jsonFormat(f.Spec)
	case htmlType:
		return htmlFormat(f.Spec)
	case "url":
		return urlFormat(f.Spec)
	}
	names := []string{"int", "float", "date", "boolean", "string", "json", htmlType, "url"}
	return nil, badFormat("没有这种格式：%s%s", "no such format: %s%s", f.Type, didYouMean("", f.Type, names))
}

func badFormat(zh, en string, args ...any) error {
	return domain.E("e.cmd.syntax", domain.Textf(zh, en, args...))
}
