package www

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// siteParam is the first word of every verb.
func siteParam() shell.Param {
	return shell.Param{Name: "SITE", Type: shell.Ref, Help: domain.Text{ZH: "站点：路径或 id:…", EN: "the site: a path or id:…"}}
}

// answerOptions are the options of every verb that answers JSON, after its own.
func answerOptions(own ...shell.Option) []shell.Option {
	return append(append(own, shell.AjaxOption()), shell.JSONOptions()...)
}

// at is the domain and the site that a call is about. A bare id is taken as one,
// as callers of the API send it.
func (s *Service) at(c *shell.Call) (*people, *Site, error) {
	p := s.in(c.Domain)
	ref := domain.Ref{ID: c.Arg(0).Text()}
	if !domain.IsID(ref.ID) {
		var err error
		if ref, err = c.Arg(0).Ref(); err != nil {
			return nil, nil, err
		}
	}
	site, err := s.site(c.Context(), p, ref)
	if domain.CodeOf(err) == "e.www.site.noexists" && c.Who == domain.Owner {
		err = noSite(c, ref)
	}
	return p, site, err
}

// noSite tells the owner why there is no site.
func noSite(c *shell.Call, ref domain.Ref) error {
	obj, err := c.Domain.Tree(domain.Owner).Object(ref)
	if err != nil {
		return domain.E("e.www.site.noexists")
	}
	return domain.E("e.www.site.noexists", c.Domain.NoSite(obj.Path))
}

// remote is the address that a request came from, "" for the owner.
func remote(c *shell.Call) string {
	if c.Request == nil {
		return ""
	}
	return c.Request.Remote
}

// given is the JSON of an option: its value, or the pipe when it has none.
func given(c *shell.Call, option string) ([]byte, error) {
	if arg := c.Opt(option); arg.Given() {
		return arg.JSON()
	}
	return pipeJSON(c)
}

// pipeJSON reads the pipe as one relaxed JSON document. Beside a request that brought a
// form, the pipe may be that form: its fields are texts, and of a name that stands twice
// the first counts.
func pipeJSON(c *shell.Call) ([]byte, error) {
	text, err := c.ReadInput(0)
	if err != nil {
		return nil, err
	}
	if isForm(c.Request, text) {
		return formJSON(string(text))
	}
	doc, err := relaxed.ToJSON(string(text))
	if err != nil {
		return nil, domain.E("e.json", err.Error())
	}
	return doc, nil
}

// isForm reports whether a text is a form that the request brought. What begins as JSON
// is JSON, whatever the label says.
func isForm(r *domain.Request, text []byte) bool {
	if r == nil || r.Header == nil {
		return false
	}
	kind, _, _ := strings.Cut(r.Header("Content-Type"), ";")
	start := strings.TrimSpace(strings.TrimPrefix(string(text[:min(len(text), 64)]), "\ufeff"))
	return strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") &&
		start != "" && !strings.ContainsAny(start[:1], "{[")
}

// formJSON is a form as an object of texts.
func formJSON(text string) ([]byte, error) {
	seen := map[string]bool{}
	out := []byte{'{'}
	for name, value := range form.Pairs(strings.TrimRight(text, "\r\n")) {
		if len(seen) == form.MaxParams {
			return nil, form.TooMany()
		}
		if relaxed.BadByte(name) >= 0 || relaxed.BadByte(value) >= 0 {
			return nil, domain.E("e.json", domain.Text{ZH: "表单不是 UTF-8", EN: "the form is not UTF-8"})
		}
		if seen[name] {
			continue
		}
		if seen[name] = true; len(out) > 1 {
			out = append(out, ',')
		}
		out = append(relaxed.AppendString(out, name), ':')
		out = relaxed.AppendString(out, value)
	}
	return append(out, '}'), nil
}
