package domain

import (
	"errors"
	"regexp/syntax"
	"strings"
)

// RegexpFault says what is wrong with a regular expression; err is what
// regexp.Compile gave.
func RegexpFault(err error) Text {
	en := strings.TrimPrefix(strings.ToValidUTF8(err.Error(), "?"), "error parsing regexp: ")
	e, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return Text{EN: en}
	}
	zh := regexpFaults[e.Code]
	if zh != "" && e.Expr != "" {
		zh += "：`" + strings.ToValidUTF8(e.Expr, "?") + "`"
	}
	return Text{ZH: zh, EN: en}
}

// regexpFaults is never changed.
var regexpFaults = map[syntax.ErrorCode]string{
	syntax.ErrInternalError:         "正则表达式出错",
	syntax.ErrInvalidCharClass:      "字符类不合法",
	syntax.ErrInvalidCharRange:      "字符范围不合法",
	syntax.ErrInvalidEscape:         "转义不合法",
	syntax.ErrInvalidNamedCapture:   "命名捕获不合法",
	syntax.ErrInvalidPerlOp:         "不支持的 Perl 语法",
	syntax.ErrInvalidRepeatOp:       "嵌套的重复运算不合法",
	syntax.ErrInvalidRepeatSize:     "重复次数不合法",
	syntax.ErrInvalidUTF8:           "不是合法的 UTF-8",
	syntax.ErrMissingBracket:        "缺少结尾的 ]",
	syntax.ErrMissingParen:          "缺少结尾的 )",
	syntax.ErrMissingRepeatArgument: "重复运算缺少对象",
	syntax.ErrTrailingBackslash:     "表达式末尾有 \\",
	syntax.ErrUnexpectedParen:       "多余的 )",
	syntax.ErrNestingDepth:          "表达式的嵌套过深",
	syntax.ErrLarge:                 "表达式过大",
}
