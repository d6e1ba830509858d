package www

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// byCode proves the holder of a phone number or e-mail address by the code that
// was sent there; the first time -create makes the account.
func (s *Service) byCode(c *shell.Call, p *people, site *Site) (proof, error) {
	ctx, passwd := c.Context(), c.Opt("p").Text()
	key, account, ok := phoneOrEmail(c.Arg(1).Text())
	if !ok {
		return proof{}, domain.E("e.auth.login.NoPhoneOrEmail")
	}
	if passwd != "" { // before the code is used up
		if err := acceptable(passwd); err != nil {
			return proof{}, err
		}
	}
	scene, err := answeredScene(c, site, c.Opt("scene"), "auth")
	if err != nil {
		return proof{}, err
	}
	codes, err := s.codes(ctx, p, site, scene)
	if err != nil {
		return proof{}, err
	}
	if err := s.checkCode(c, p, codes, account, c.Opt("v").Text()); err != nil {
		return proof{}, err
	}
	who, err := s.holder(c, site, key, account)
	if err != nil {
		return proof{}, err
	}
	if passwd == "" || who.hasPassword() {
		return proof{who: who, by: "web_vcode"}, nil
	}
	hash, err := s.hash(ctx, site, passwd)
	return proof{who: who, by: "web_vcode", hash: hash}, err
}

// checkCode uses up a code, within the limits on guessing.
func (s *Service) checkCode(c *shell.Call, p *people, codes *codes, account, code string) error {
	ctx := c.Context()
	try := s.codeAttempt(c, p, codes.site, account)
	if err := p.guesses.try(ctx, try.account, try.addr); err != nil {
		return err
	}
	err := codes.use(ctx, account, code, sentCode)
	switch domain.CodeOf(err) {
	case "":
		return p.guesses.succeeded(ctx, try.account, try.addr)
	case "e.auth.captcha.invalid":
		if e := p.guesses.failed(ctx, try.account, try.addr); e != nil {
			return e
		}
		s.auditLock(c, p, codes.site, nil, try)
	}
	return err
}

// codeAttempt is what a wrong code is counted for: apart from passwords, else a
// lock told whether somebody has the number.
func (s *Service) codeAttempt(c *shell.Call, p *people, site *Site, account string) attempt {
	if len(givenDevices(c)) > 0 {
		key, _, _ := phoneOrEmail(account)
		if who, err := site.byKey(c.Context(), key, account); err == nil {
			if try := s.attempt(c, p, site, who, ""); try.addr == "" && remote(c) != "" {
				return attempt{account: "code\x00" + try.account}
			}
		}
	}
	return attempt{"code\x00" + guessedName(site, nil, account), remote(c)}
}

// holder is the account of a proven phone number or e-mail address. Of many that
// make it at once one does and the others find it.
func (s *Service) holder(c *shell.Call, site *Site, key, account string) (*Person, error) {
	ctx := c.Context()
	who, err := site.byKey(ctx, key, account)
	if domain.CodeOf(err) != "e.auth.account.noexists" {
		return who, err
	}
	if !c.Has("create") {
		return nil, domain.E("e.www.api.auth.fail_login")
	}
	who, err = s.createBy(ctx, site, account, "")
	if domain.CodeOf(err) == "e.thing.ukey.duplicated" {
		who, err = site.byKey(ctx, key, account)
		if domain.CodeOf(err) == "e.auth.account.noexists" { // it lies in the bin, and holds its number
			err = domain.E("e.www.api.auth.fail_login")
		}
		return who, err
	}
	s.auditNew(c, site, who, "web_vcode", account, err)
	return who, err
}

// phoneOrEmail tells which key an account's text is for, in its normal form.
func phoneOrEmail(text string) (key, account string, ok bool) {
	text = normalName(text)
	if at := strings.IndexByte(text, '@'); at > 0 && at < len(text)-1 && len(text) <= maxName {
		return "email", normalEmail(text), !strings.ContainsFunc(text, isHidden)
	}
	account, ok = normalPhone(text)
	return "phone", account, ok
}

// createBy makes an account of a name, phone number or e-mail address, by which
// it must be found again: e.thing.schema when that is no unique key.
func (s *Service) createBy(ctx context.Context, site *Site, account, passwd string) (*Person, error) {
	key, value, ok := phoneOrEmail(account)
	if !ok {
		key, value = "nm", strings.TrimSpace(account)
	}
	if !slices.ContainsFunc(site.people.Def().Unique, func(names []string) bool { return slices.Equal(names, []string{key}) }) {
		return nil, domain.E("e.thing.schema", domain.Textf("%v：%v 不是唯一键", "%v: %v is no unique key", site.Accounts.String(), key))
	}
	fields := jsonField(key, value)
	if passwd != "" {
		hash, err := s.hash(ctx, site, passwd) // here: one that looks like a hash is not taken for it
		if err != nil {
			return nil, err
		}
		fields = append(append(fields[:len(fields)-1], ','), jsonField("passwd", hash)[1:]...)
	}
	return s.create(ctx, site, fields)
}

// hasPassword reports whether a person can sign in by password.
func (p *Person) hasPassword() bool {
	v := gjson.GetBytes(p.body, "passwd")
	return v.Type == gjson.String && v.Str != ""
}
