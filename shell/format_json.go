package shell

import (
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// jsonFormat is <json:cqn>: the value as JSON, a text as a JSON string. c is
// compact, n keeps nulls, q quotes keys (always so). Without c it is spread over lines.
func jsonFormat(spec string) (format, error) {
	if strings.Trim(spec, "cqn") != "" {
		return nil, badFormat("<json:cqn> 只有 c、q 与 n：%s", "<json:cqn> has only c, q and n: %s", shown(spec))
	}
	style := jsonStyle{compact: strings.Contains(spec, "c"), nulls: strings.Contains(spec, "n")}
	return func(v Value) (Value, bool) {
		raw := []byte(v.Text)
		if !v.JSON {
			raw = relaxed.AppendString(nil, v.Text)
		} else if !relaxed.Valid(raw) {
			return Value{}, false
		}
		return Value{Text: string(style.append(nil, raw)), JSON: true, formatted: true}, true
	}, nil
}
