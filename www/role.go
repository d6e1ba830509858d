package www

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// mayRole is the permission to change roles.
const mayRole = "role.edit"

// roleVerb is `www role SITE [NAME]`: show roles and change them.
func (s *Service) roleVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "role",
		Manual: manual("role"),
		Params: []shell.Param{siteParam(), {Name: "NAME", Optional: true, Help: text("角色名", "the role's name")}},
		Options: answerOptions(
			shell.Option{Name: "list", Help: text("列出全部角色", "list all roles")},
			shell.Option{Name: "new", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON", Help: text("新建角色；已有的保持不变", "make the role; one that is there stays as it is")},
			shell.Option{Name: "u", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON", Help: text("修改或新建角色；无值时从管道读取", "change the role, or make it; without a value it is read from the pipe")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.role,
	}
}

func (s *Service) role(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	if err := s.allowed(c, site, mayRole); err != nil {
		return err
	}
	set, err := p.db.Set(c.Context(), site.Roles)
	if err != nil {
		return err
	}
	if !c.Arg(1).Given() || c.Has("list") {
		return replyPage(c, set, thingset.Query{Sort: []thingset.Order{{Key: "nm"}}}, false)
	}
	rec, err := set.Find(c.Context(), []string{"nm"}, c.Arg(1).Text())
	missing := domain.CodeOf(err) == "e.thing.noexists"
	switch {
	case missing && c.Has("new"):
		rec, err = makeRole(c, set, "new")
	case missing && c.Has("u"):
		rec, err = makeRole(c, set, "u")
	case missing:
		err = domain.E("e.auth.role.noexists", clip(c.Arg(1).Text()))
	case err == nil && c.Has("u"):
		rec, err = changeRole(c, set, rec)
	}
	if c.Has("u") || missing && c.Has("new") {
		s.audit(c, Event{Act: "role", Site: site, What: "pvg of " + clip(c.Arg(1).Text()), Err: err})
	}
	if err != nil {
		return err
	}
	return c.Reply(ownView(nil, rec.Body))
}

func changeRole(c *shell.Call, set *thingset.Set, rec thingset.Record) (thingset.Record, error) {
	fields, err := given(c, "u")
	if err != nil {
		return rec, err
	}
	return set.Update(c.Context(), rec.ID, fields)
}

// makeRole makes the role that NAME names, of an option's fields.
func makeRole(c *shell.Call, set *thingset.Set, option string) (rec thingset.Record, err error) {
	fields, err := given(c, option)
	if err != nil {
		return rec, err
	}
	if fields, err = withName(fields, c.Arg(1).Text()); err != nil {
		return rec, err
	}
	return set.Create(c.Context(), fields)
}
