package www

import (
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/www/weixin"
)

// bindWeixin gives a session's person the WeChat person that a code stands for, and
// the session a new ticket: e.auth.account.taken when that is another account's. An
// account has one WeChat person: who was bound before signs in to it no longer.
func (s *Service) bindWeixin(c *shell.Call, p *people, site *Site, se *Session) (*Session, error) {
	app, wx, err := s.askWeixin(c, p, site)
	if err != nil {
		return nil, err
	}
	who, err := s.wxBind(c, p, site, app, wx, se.Person.ID)
	if err != nil {
		return nil, err
	}
	return s.replace(c.Context(), p, site, se, who)
}

// wxBind binds a WeChat person to an account.
func (s *Service) wxBind(c *shell.Call, p *people, site *Site, app *wxApp, wx *weixin.Person, uid string) (*Person, error) {
	p.wx.Lock()
	defer p.wx.Unlock()
	ctx := c.Context()
	l, err := s.wxLinks(ctx, p, site)
	if err != nil {
		return nil, err
	}
	who, err := found(site.people.Get(ctx, uid))
	if err != nil {
		return nil, gone(err)
	}
	ids := app.ids(wx)
	for _, id := range ids {
		switch other, err := l.find(ctx, id[0], id[1]); {
		case err == nil && other.ID != uid:
			return nil, domain.E("e.auth.account.taken")
		case err != nil && domain.CodeOf(err) != "e.auth.account.noexists":
			return nil, err
		}
	}
	fields, err := rebound(who, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := l.put(ctx, id[0], id[1], uid); err != nil {
			return nil, err
		}
	}
	rec, err := site.people.Update(ctx, uid, fields)
	s.audit(c, Event{Act: "account", Site: site, Who: uid, Whom: who, What: fieldNames(fields), Err: err})
	if domain.CodeOf(err) == "e.thing.ukey.duplicated" {
		return nil, domain.E("e.auth.account.taken")
	}
	return personOf(rec), err
}

// rebound are the fields of an account that gets a WeChat person. When it had
// another one, that one's are taken away, of every application.
func rebound(who *Person, ids [][2]string) (fields []byte, err error) {
	another := false
	for _, id := range ids {
		had := who.get(id[0]).String()
		another = another || had != "" && had != id[1]
	}
	fields = []byte("{}")
	if another {
		gjson.ParseBytes(who.body).ForEach(func(key, _ gjson.Result) bool {
			if name := key.String(); isWeixinID(name) {
				fields, err = sjson.SetRawBytes(fields, name, []byte("null"))
			}
			return err == nil
		})
	}
	for _, id := range ids {
		if err == nil {
			fields, err = sjson.SetBytes(fields, id[0], id[1])
		}
	}
	return fields, err
}

// isWeixinID tells the members that hold who somebody is in WeChat.
func isWeixinID(name string) bool {
	if name == unionField {
		return true
	}
	for _, kind := range []weixin.Kind{weixin.MP, weixin.GH, weixin.Open} {
		if app, ok := strings.CutPrefix(name, "wx_"+string(kind)+"_"); ok && goodApp.MatchString(app) {
			return true
		}
	}
	return false
}
