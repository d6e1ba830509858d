package www

import (
	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// maySite is the permission to change a site's settings.
const maySite = "site.edit"

// siteVerb is `www site [SITE]`: show a site, list them, change one.
func (s *Service) siteVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	site := siteParam()
	site.Optional = true
	return &shell.Command{
		Name:   "site",
		Manual: manual("site"),
		Params: []shell.Param{site},
		Options: answerOptions(
			shell.Option{Name: "list", Help: text("列出域的全部站点", "list the domain's sites")},
			shell.Option{Name: "u", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON", Help: text("修改站点元数据；无值时从管道读取", "change the site's metadata; without a value it is read from the pipe")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.showSite,
	}
}

func (s *Service) showSite(c *shell.Call) error {
	if c.Has("list") {
		return s.listSites(c)
	}
	ref := domain.Ref{Path: DefaultSite}
	if text := c.Arg(0).Text(); domain.IsID(text) {
		ref = domain.Ref{ID: text}
	} else if c.Arg(0).Given() {
		var err error
		if ref, err = c.Arg(0).Ref(); err != nil {
			return err
		}
	}
	tree := c.Domain.Tree(domain.Owner)
	obj, err := tree.Object(ref)
	if err != nil || obj.Race != domain.DIR {
		return domain.E("e.www.site.noexists")
	}
	if c.Has("u") {
		if obj, err = s.changeSite(c, tree, obj); err != nil {
			return err
		}
	}
	if why := c.Domain.NoSite(obj.Path); !why.Empty() {
		return domain.E("e.www.site.noexists", why)
	}
	if c.Who != domain.Owner {
		if _, err := s.site(c.Context(), s.in(c.Domain), domain.Ref{Path: obj.Path}); err != nil {
			return err
		}
	}
	return c.Reply(obj.AppendJSON(nil))
}

// changeSite changes a folder's metadata and makes it a site if it was none: it
// gets an id, and says that it is one unless its place does.
func (s *Service) changeSite(c *shell.Call, tree *domain.Tree, obj *domain.Object) (*domain.Object, error) {
	if c.Who != domain.Owner {
		site, err := s.site(c.Context(), s.in(c.Domain), domain.Ref{Path: obj.Path})
		if err != nil {
			return nil, err
		}
		if err := s.allowed(c, site, maySite); err != nil {
			return nil, err
		}
	}
	fields, err := given(c, "u")
	if err != nil {
		return nil, err
	}
	if !gjson.ParseBytes(fields).IsObject() {
		return nil, domain.E("e.json", domain.Text{ZH: "应是由字段组成的对象", EN: "want an object of fields"})
	}
	if obj.ID == "" {
		if _, err := tree.AssignID(obj.Path); err != nil {
			return nil, err
		}
	}
	err = tree.SetMeta(obj.Path, fields)
	if err == nil && c.Who == domain.Owner && !gjson.GetBytes(fields, "site").Exists() && !c.Domain.NoSite(obj.Path).Empty() {
		err = tree.SetMeta(obj.Path, []byte(`{site:true}`))
	}
	s.audit(c, Event{Act: "site", What: obj.Path.String() + " " + fieldNames(fields), Err: err})
	if err != nil {
		return nil, err
	}
	return tree.Stat(obj.Path)
}

// listSites are the domain's sites: ~/www, the folders in it that have an id, and
// those that say so.
func (s *Service) listSites(c *shell.Call) error {
	if err := s.mayListSites(c); err != nil {
		return err
	}
	tree := c.Domain.Tree(domain.Owner)
	out := []byte{'['}
	for _, p := range c.Domain.Sites() {
		obj, err := tree.Stat(p)
		if err != nil {
			continue // it went meanwhile
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = obj.AppendJSON(out)
	}
	return c.Reply(append(out, ']'))
}

// mayListSites asks for the right site.edit at the default site.
func (s *Service) mayListSites(c *shell.Call) error {
	if c.Who == domain.Owner {
		return nil
	}
	site, err := s.site(c.Context(), s.in(c.Domain), domain.Ref{Path: DefaultSite})
	if err != nil {
		return err
	}
	return s.allowed(c, site, maySite)
}
