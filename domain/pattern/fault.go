package pattern

import (
	"errors"
	"regexp/syntax"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Fault says what is wrong with a regular expression; err is what
// regexp.Compile gave.
func Fault(err error) domain.Text {
	en := strings.TrimPrefix(strings.ToValidUTF8(err.Error(), "?"), "error parsing regexp: ")
	e, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return domain.Text{EN: en}
	}
	zh := faults[e.Code]
	if zh != "" && e.Expr != "" {
		zh += "：`" + strings.ToValidUTF8(e.Expr, "?") + "`"
	}
	return domain.Text{ZH: zh, EN: en}
}

// Why is what an error of Compile says, without its code.
func Why(err error) domain.Text {
	e := domain.AsError(err)
	return domain.Text{ZH: e.DetailIn(domain.ZH), EN: e.DetailIn(domain.EN)}
}

// faults is never changed.
var faults = map[syntax.ErrorCode]string{
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
