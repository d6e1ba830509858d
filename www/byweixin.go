package www

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/www/weixin"
)

// wxTimeout is how long WeChat may take.
const wxTimeout = 8 * time.Second

// unionField is the account's member that holds who a person is in all
// applications of one owner.
const unionField = "wx_unionid"

// byWeixin is `www auth SITE CODE -wxcode KIND`: sign in by WeChat.
func (s *Service) byWeixin(c *shell.Call, p *people, site *Site) error {
	app, who, err := s.proveWeixin(c, p, site)
	if err != nil {
		s.auditFailure(c, Event{Act: "signin", Site: site, What: "weixin", Err: err})
		return err
	}
	pr := proof{who: who, by: app.field()}
	se, err := s.signIn(c.Context(), p, site, pr, who.get(app.field()).String())
	s.audit(c, Event{Act: "signin", Site: site, Who: who.ID, Whom: who, What: pr.by, Err: err})
	if err != nil {
		return err
	}
	se.Device = s.rememberDevice(c, p, site, who.ID)
	return s.replySession(c, se)
}

// proveWeixin finds the account of who a code stands for.
func (s *Service) proveWeixin(c *shell.Call, p *people, site *Site) (*wxApp, *Person, error) {
	app, wx, err := s.askWeixin(c, p, site)
	if err != nil {
		return nil, nil, err
	}
	who, err := s.wxPerson(c, p, site, app, wx)
	return app, who, err
}

// askWeixin asks WeChat who a code stands for, and with -subscribe whether they
// follow the official account: e.auth.login.NoFollower.
func (s *Service) askWeixin(c *shell.Call, p *people, site *Site) (*wxApp, *weixin.Person, error) {
	if c.Has("v") || c.Has("p") {
		return nil, nil, domain.E("e.cmd.usage", domain.Text{ZH: "-wxcode 不能与 -p、-v 同时给出", EN: "-wxcode goes without -p and -v"})
	}
	if c.Has("subscribe") && c.Opt("wxcode").Text() != string(weixin.GH) {
		return nil, nil, domain.E("e.auth.login.invalid.wxCodeType", domain.Text{ZH: "-subscribe 只用于公众号：-wxcode gh", EN: "-subscribe is of official accounts: -wxcode gh"})
	}
	app, err := s.wxApp(c.Domain, site, c.Opt("wxcode").Text(), c.Opt("wxapp").Text())
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), wxTimeout)
	defer cancel()
	client := &weixin.Client{Base: app.base, HTTP: s.o.Send.Client(c.Domain), Tokens: &p.tokens}
	wx, err := client.Person(ctx, app.App, strings.TrimSpace(c.Arg(1).Text()))
	if err == nil && c.Has("subscribe") {
		var follows bool
		if follows, err = client.Follows(ctx, app.App, wx); err == nil && !follows {
			err = domain.E("e.auth.login.NoFollower")
		}
	}
	if domain.CodeOf(err) == "e.weixin.failed" {
		s.o.Log.Error("WeChat could not be asked", "domain", p.d.Name(), "app", app.field(), "err", err)
		err = domain.Wrap(err, "e.www.api.auth.fail_login", domain.Text{ZH: "无法访问微信服务", EN: "WeChat could not be asked"})
	}
	return app, wx, err
}

// ids are the members of an account that say who a person is, and their values.
func (a *wxApp) ids(wx *weixin.Person) [][2]string {
	ids := [][2]string{{a.field(), wx.OpenID}}
	if wx.UnionID != "" {
		ids = append(ids, [2]string{unionField, wx.UnionID})
	}
	return ids
}

// wxPerson finds the account of a WeChat person: by who they are in this
// application, else by who they are in all of them; else it makes one. One
// process holds a domain, and here one at a time goes: parallel sign-ups make one
// account.
func (s *Service) wxPerson(c *shell.Call, p *people, site *Site, app *wxApp, wx *weixin.Person) (*Person, error) {
	ctx := c.Context()
	p.wx.Lock()
	defer p.wx.Unlock()
	l, err := s.wxLinks(ctx, p, site)
	if err != nil {
		return nil, err
	}
	ids := app.ids(wx)
	for _, id := range ids {
		who, err := l.find(ctx, id[0], id[1])
		if err == nil {
			return s.wxNote(c, l, who, ids)
		}
		if domain.CodeOf(err) != "e.auth.account.noexists" {
			return nil, err
		}
	}
	if !c.Has("create") {
		return nil, domain.E("e.www.api.auth.fail_login")
	}
	who, err := s.wxCreate(ctx, l, ids, wx)
	s.auditNew(c, site, who, app.field(), "", err)
	return who, err
}

// wxNote adds what an account did not know of its person yet. What it knows
// stays: an application in which somebody else was bound to it is not taken over.
func (s *Service) wxNote(c *shell.Call, l wxLinks, who *Person, ids [][2]string) (*Person, error) {
	ctx, fields := c.Context(), []byte("{}")
	for _, id := range ids {
		if who.get(id[0]).String() != "" {
			continue
		}
		if _, err := l.find(ctx, id[0], id[1]); err == nil {
			continue // another account's
		}
		if err := l.put(ctx, id[0], id[1], who.ID); err != nil {
			return nil, err
		}
		var err error
		if fields, err = sjson.SetBytes(fields, id[0], id[1]); err != nil {
			return nil, err
		}
	}
	if len(fields) == 2 {
		return who, nil
	}
	rec, err := l.site.people.Update(ctx, who.ID, fields)
	s.audit(c, Event{Act: "account", Site: l.site, Who: who.ID, Whom: who, What: fieldNames(fields), Err: err})
	if err != nil {
		return nil, err
	}
	return personOf(rec), nil
}

// wxCreate makes an account. Its links are written first, with the id that it will
// have: a crash between leaves links to nobody, which do not count.
func (s *Service) wxCreate(ctx context.Context, l wxLinks, ids [][2]string, wx *weixin.Person) (*Person, error) {
	uid := domain.NewID()
	fields := jsonField("id", uid)
	for _, f := range append(ids, [][2]string{{"nickname", short(wx.Nickname)}, {"country", short(wx.Country)},
		{"province", short(wx.Province)}, {"city", short(wx.City)}, {"wx_picture", wx.Picture}}...) {
		if f[1] != "" {
			fields = append(append(fields[:len(fields)-1], ','), jsonField(f[0], f[1])[1:]...)
		}
	}
	if wx.Sex != 0 {
		fields = append(appendInt(fields[:len(fields)-1], `,"sex":`, int64(wx.Sex)), '}')
	}
	for _, id := range ids {
		if err := l.put(ctx, id[0], id[1], uid); err != nil {
			return nil, err
		}
	}
	return s.create(ctx, l.site, fields)
}

// short is a text of WeChat's as an account's field can hold it.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40])
	}
	return s
}

// wxLinks find accounts by who somebody is in WeChat: a record of ~/.domain/weixin
// for each, so that an application needs no unique key in the accounts' thing.json.
// Where that declares one it counts.
type wxLinks struct {
	site *Site
	set  *thingset.Set
}

// wxLinks opens the links of a site's accounts.
func (s *Service) wxLinks(ctx context.Context, p *people, site *Site) (wxLinks, error) {
	set, err := p.db.Plain(ctx, ".domain/weixin", thingset.Def{Plain: true, Loose: -1})
	return wxLinks{site, set}, err
}

// record names a link: of the accounts, the application and the person.
func (l wxLinks) record(field, value string) string {
	sum := sha256.Sum256([]byte(string(l.site.Accounts) + "\x00" + field + "\x00" + value))
	return hex.EncodeToString(sum[:])
}

// find is the account: e.auth.account.noexists. The account's own field has the
// last word, so that who is unbound there is so.
func (l wxLinks) find(ctx context.Context, field, value string) (*Person, error) {
	if slices.ContainsFunc(l.site.people.Def().Unique, func(names []string) bool { return slices.Equal(names, []string{field}) }) {
		return found(l.site.people.Find(ctx, []string{field}, value))
	}
	rec, err := l.set.Get(ctx, l.record(field, value))
	if err != nil {
		return found(rec, err)
	}
	who, err := found(l.site.people.Get(ctx, gjson.GetBytes(rec.Body, "uid").String()))
	if err == nil && who.get(field).String() != value {
		return nil, domain.E("e.auth.account.noexists")
	}
	return who, err
}

func (l wxLinks) put(ctx context.Context, field, value, uid string) error {
	id := l.record(field, value)
	b := relaxed.AppendString([]byte(`{"id":`), id)
	b = relaxed.AppendString(append(b, `,"uid":`...), uid)
	_, err := l.set.Put(ctx, id, append(b, '}'), 0)
	return err
}
