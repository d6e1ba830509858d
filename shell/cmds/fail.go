package cmds

import (
	"regexp"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// codeForm is what a code looks like: words joined by dots, or a bare word for
// an API's own codes.
var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$`)

func fail() *shell.Command {
	return &shell.Command{
		Name:   "fail",
		Manual: manual("fail"),
		Params: []shell.Param{
			{Name: "CODE", Type: shell.Literal, Help: domain.Text{ZH: "错误码", EN: "the error's code"}},
			{Name: "DETAIL", Optional: true, Repeat: true, Help: domain.Text{ZH: "说明", EN: "what exactly is wrong"}},
		},
		Options: append([]shell.Option{{
			Name: "data", Arity: shell.Required, Type: shell.JSON, Arg: "JSON",
			Help: domain.Text{ZH: "信封里的 data", EN: "the envelope's data"},
		}, shell.AjaxOption()}, shell.JSONOptions()...),
		Run: func(c *shell.Call) error {
			e, err := failure(c)
			if err != nil {
				return err
			}
			return e
		},
	}
}

// failure is the error that the words make. A code that the catalogue does not
// know is the caller's mistake, for the server's own are never raised by a script.
func failure(c *shell.Call) (*domain.Error, error) {
	code := c.Arg(0).Text()
	if !codeForm.MatchString(code) {
		return nil, domain.E("e.cmd.arg", domain.Textf("没有错误码 %v", "no code is called %v", code))
	}
	e := domain.E(code)
	if e.Kind == domain.Internal {
		e.Kind = domain.Invalid
	}
	var words []string
	for _, a := range c.Args(1) {
		words = append(words, a.Text())
	}
	e.Detail = strings.Join(words, " ")
	if c.Has("data") {
		doc, err := c.Opt("data").JSON()
		if err != nil {
			return nil, err
		}
		e = e.With(rawJSON(doc))
	}
	return e, nil
}
