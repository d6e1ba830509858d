package www

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Which fields of an account its person writes: those that the site lists.

// setmeDefault are the fields that people write of themselves where the site does not
// say: those of the contract's profile.
var setmeDefault = []string{"nm", "nickname", "thumb", "sex", "country", "province", "city"}

// setmeOf reads a site's setme: a list of names. What is none is the default.
func setmeOf(v gjson.Result) []string {
	if !v.IsArray() {
		return setmeDefault
	}
	names := []string{}
	for _, n := range v.Array() {
		names = append(names, n.String())
	}
	return names
}

// ownFields are the fields that a person changes of themselves, fit to be kept.
func ownFields(site *Site, fields []byte) ([]byte, error) {
	if err := checkOwnFields(site, fields); err != nil {
		return nil, err
	}
	return profile(fields)
}

// mayOwn reports whether people of a site may write a field of themselves: one that
// the site lists, that no thing.json guards, and that is none of the server's.
func (site *Site) mayOwn(name string) bool {
	return slices.Contains(site.Setme, name) && !isLocked(name) && site.people.Schema().Guard(name) == ""
}

// checkOwnFields refuses fields that a person may not change of themselves, and says
// which.
func checkOwnFields(site *Site, fields []byte) error {
	doc := gjson.ParseBytes(fields)
	if !relaxed.Valid(fields) || !doc.IsObject() {
		return domain.E("e.json", domain.Text{ZH: "应是由字段组成的对象", EN: "want an object of fields"})
	}
	var err error
	doc.ForEach(func(key, value gjson.Result) bool {
		if !site.mayOwn(key.String()) {
			err = domain.E("e.auth.account.field", clip(key.String())).With(clip(key.String()))
			return false
		}
		if key.String() == "nm" && looksLikeKey(value.String()) {
			err = domain.E("e.auth.account.field", "nm:", domain.Text{ZH: "不能像 ID、手机号或邮箱", EN: "looks like an id, a phone number or an e-mail address"})
		}
		return err == nil
	})
	return err
}

// tellSetme tells the log, once for each field of a site, of one that people may not
// write because the site does not list what they may: older versions took every field
// that was not locked.
func (s *Service) tellSetme(c *domain.Domain, site *Site, err error) {
	name, ok := domain.AsError(err).Data.(string)
	if domain.CodeOf(err) != "e.auth.account.field" || !ok || isLocked(name) || gjson.GetBytes(site.obj.Meta, "setme").Exists() {
		return
	}
	p := s.in(c)
	key := site.ID + " " + name
	if _, told := p.refused.Load(key); told || p.refusals.Add(1) > maxRefused {
		return
	}
	p.refused.Store(key, true)
	s.o.Log.Warn("a person may not write this field: metadata of the site lists those that they may",
		"domain", c.Name(), "field", name, "command", "www site "+site.Path.String()+` -u '{setme:["nickname","`+name+`"]}'`)
}

// setmeFaults tells of sites whose setme says nothing, or lists what nobody writes.
func setmeFaults(d *domain.Domain) (out []domain.Fault) {
	for _, p := range d.Sites() {
		obj, err := d.Tree(domain.Owner).Stat(p)
		if err != nil {
			continue
		}
		said := gjson.GetBytes(obj.Meta, "setme")
		var msg domain.Text
		if said.Exists() && !said.IsArray() {
			msg = domain.Text{ZH: "setme 必须是字段名的列表；现在按缺省处理", EN: "setme must be a list of fields; the default counts"}
		}
		for _, name := range said.Array() {
			if said.IsArray() && isLocked(name.String()) {
				msg = domain.Textf("setme：%v 从来不能由本人修改", "setme: %v is never a person's own to write", name.String())
			}
		}
		if !msg.Empty() {
			f := domain.FaultAt(p.String(), 0, 0, msg)
			f.Warn = true
			out = append(out, f)
		}
	}
	return out
}

// maxRefused bounds the fields that are told of.
const maxRefused = 100
