package shell

import (
	"html"
	"net/url"
	"strings"
)

// htmlType is the format that makes a value text of HTML and XML.
const htmlType = "html"

// EscapeHTML makes text of HTML and XML of s: it can be no markup, neither between
// tags nor in a quoted attribute.
func EscapeHTML(s string) string { return html.EscapeString(s) }

// htmlFormat is <html>; <html:raw> is a value that is markup already.
func htmlFormat(spec string) (format, error) {
	switch spec {
	case "":
		return func(v Value) (Value, bool) { return Value{Text: EscapeHTML(v.text())}, true }, nil
	case "raw":
		return func(v Value) (Value, bool) { return Value{Text: v.text()}, true }, nil
	}
	return nil, badFormat("没有这种标记格式：%s%s", "no such format for markup: %s%s", shown(spec), didYouMean("", spec, []string{"raw"}))
}

// urlFormat is <url>: one part of a path or one value of a query.
func urlFormat(spec string) (format, error) {
	if spec != "" {
		return nil, badFormat("<url> 后面不带内容：%s", "<url> takes nothing behind it: %s", shown(spec))
	}
	escape := func(v Value) (Value, bool) {
		s := url.QueryEscape(v.text())
		return Value{Text: strings.ReplaceAll(s, "+", "%20")}, true // which paths take, too
	}
	return escape, nil
}
