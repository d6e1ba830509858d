package cmds

import (
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

func ajaxre() *shell.Command {
	return &shell.Command{
		Name:   "ajaxre",
		Manual: manual("ajaxre"),
		Reads:  true,
		Options: append(shell.JSONOptions(),
			flag("s", "the pipe is a text, whatever it looks like", "管道内容一律当作文字"),
			flag("e", "the pipe is an error, `code : detail`", "管道内容一律当作错误：`代码 : 说明`"),
		),
		Run: runAjaxre,
	}
}

func runAjaxre(c *shell.Call) error {
	data, err := c.ReadInput(0)
	if err != nil {
		return err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if e := errorIn(c, text); e != nil {
		return c.PrintJSON(shell.AppendEnvelope(nil, e, c.Lang))
	}
	return c.ReplyOK(jsonOrText(text, c.Has("s")))
}

// errorText is how an error looks when it is printed: e.code : detail.
var errorText = regexp.MustCompile(`^(e\.[a-zA-Z0-9._-]+)(?: *: *(.+))?$`)

// errorIn is the error that a text stands for, nil when it is none. Its detail is
// the envelope's data, too.
func errorIn(c *shell.Call, text string) *domain.Error {
	text = strings.TrimSpace(text)
	m := errorText.FindStringSubmatch(text)
	switch {
	case c.Has("s") || m == nil && !c.Has("e"):
		return nil
	case m == nil:
		code, detail, _ := strings.Cut(text, ":")
		m = []string{"", strings.TrimSpace(code), strings.TrimSpace(detail)}
	}
	e := domain.E(m[1], m[2])
	if m[2] == "" {
		return domain.E(m[1])
	}
	if e.Kind == domain.Internal {
		e.Kind = domain.Invalid // what a script prints is meant to be seen
	}
	return e.With(m[2])
}

// jsonOrText is a text as a JSON value: itself when it is JSON, relaxed JSON
// when it is an object or a list, null when it is empty, else a string.
func jsonOrText(text string, always bool) []byte {
	trimmed := strings.TrimSpace(text)
	switch {
	case always:
	case trimmed == "":
		return nil
	case relaxed.Valid([]byte(trimmed)):
		return []byte(trimmed)
	case trimmed[0] == '{' || trimmed[0] == '[':
		if raw, err := relaxed.ToJSON(trimmed); err == nil {
			return raw
		}
	}
	return []byte(quoted(text))
}
