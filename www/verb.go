package www

import (
	"github.com/caryahq/carya/domain"
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
