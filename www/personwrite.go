package www

import (
	"context"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// How accounts are made and changed.

// prepare makes the fields of a new or changed account fit to be stored: e-mail
// and phone in their normal form, the password hashed.
func (s *Service) prepare(ctx context.Context, site *Site, fields []byte) ([]byte, error) {
	if !relaxed.Valid(fields) || !gjson.ParseBytes(fields).IsObject() {
		return nil, domain.E("e.json", domain.Text{ZH: "应是由字段组成的对象", EN: "want an object of fields"})
	}
	if len(fields) > maxAccount {
		return nil, domain.E("e.io.toolarge", domain.Text{ZH: "账户最多 64 KiB", EN: "an account holds at most 64 KiB"})
	}
	if v := gjson.GetBytes(fields, "phone"); v.Type == gjson.String || v.Type == gjson.Number {
		if _, ok := normalPhone(v.String()); !ok && v.String() != "" {
			return nil, domain.E("e.auth.login.NoPhoneOrEmail", wantedAs["phone"])
		}
	}
	fields, err := accountForm(fields, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	return s.preparePassword(ctx, site, fields)
}

// preparePassword hashes a plain passwd; a hash in a known format stays.
func (s *Service) preparePassword(ctx context.Context, site *Site, fields []byte) ([]byte, error) {
	v := gjson.GetBytes(fields, "passwd")
	if !v.Exists() || v.Type == gjson.Null {
		return fields, nil
	}
	if v.Type != gjson.String {
		return nil, domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "密码必须是文本", EN: "the password is a string"})
	}
	hash := v.Str
	if IsHash(hash) && s.o.Hash.tooCostly(hash) {
		return nil, domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "这个散列的计算量过大", EN: "this hash asks for too much work"})
	}
	if !IsHash(hash) {
		var err error
		if hash, err = s.hash(ctx, site, v.Str); err != nil {
			return nil, err
		}
	}
	return sjson.SetBytes(fields, "passwd", hash)
}

// create makes an account; fields are as the caller gave them.
func (s *Service) create(ctx context.Context, site *Site, fields []byte) (*Person, error) {
	fields, err := s.prepare(ctx, site, fields)
	if err != nil {
		return nil, err
	}
	if site.Role != "" && !gjson.GetBytes(fields, "role").Exists() {
		if fields, err = sjson.SetBytes(fields, "role", site.Role); err != nil {
			return nil, err
		}
	}
	if err := site.freeEmail(ctx, "", fields); err != nil {
		return nil, err
	}
	rec, err := site.people.Create(ctx, fields)
	if err != nil {
		return nil, err
	}
	return personOf(rec), nil
}

// change changes fields of an account; null removes one. A new password ends
// the person's sessions but the one named.
func (s *Service) change(ctx context.Context, p *people, site *Site, who *Person, fields []byte, keep string) (*Person, error) {
	fields, err := s.prepare(ctx, site, fields)
	if err != nil {
		return nil, err
	}
	if len(who.body)+len(fields) > 2*maxAccount {
		return nil, domain.E("e.io.toolarge", domain.Text{ZH: "账户最多 64 KiB", EN: "an account holds at most 64 KiB"})
	}
	if err := site.freeEmail(ctx, who.ID, fields); err != nil {
		return nil, err
	}
	epoch := ""
	if gjson.GetBytes(fields, "passwd").Exists() {
		epoch = newEpoch()
		if fields, err = sjson.SetBytes(fields, epochField, epoch); err != nil {
			return nil, err
		}
	}
	rec, err := site.people.Update(ctx, who.ID, fields)
	if err != nil {
		return nil, err
	}
	if epoch != "" {
		err = s.newTimes(ctx, p, site, who.ID, epoch, keep)
	}
	return personOf(rec), err
}

// newTimes ends a person's sessions, which are dead since the epoch changed, but
// for the one that is kept.
func (s *Service) newTimes(ctx context.Context, p *people, site *Site, uid, epoch, keep string) error {
	if keep != "" {
		if err := s.renew(ctx, site, keep, epoch); err != nil {
			return err
		}
	}
	_, err := s.endAll(ctx, p, uid, keep)
	return err
}
