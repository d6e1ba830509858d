package www

import (
	"context"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// authVerb is `www auth SITE ACCOUNT`: sign somebody in.
func (s *Service) authVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "auth",
		Manual: manual("auth"),
		Params: []shell.Param{siteParam(), {Name: "ACCOUNT", Help: text("用户名、手机号或邮箱", "a name, phone number or e-mail address")}},
		Options: answerOptions(
			shell.Option{Name: "p", Arity: shell.Required, Arg: "PASS", Help: text("密码", "the password")},
			shell.Option{Name: "v", Arity: shell.Required, Arg: "CODE", Help: text("验证码", "the code that was sent to the account")},
			shell.Option{Name: "scene", Arity: shell.Required, Arg: "SCENE", Help: text("验证码场景，默认 auth", "the code's scene, auth by default")},
			shell.Option{Name: "cap", Arity: shell.Required, Arg: "CODE", Help: text("图形验证码；空则不检查，除非站点要求", "the answer to a captcha; empty is none, unless the site asks for one")},
			shell.Option{Name: "capscene", Arity: shell.Required, Arg: "SCENE", Help: text("图形验证码场景，默认 robot", "the captcha's scene, robot by default")},
			shell.Option{Name: "create", Help: text("账户不存在则创建", "make the account when there is none")},
		),
		Writes: true,
		Run:    s.auth,
	}
}

func (s *Service) auth(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	if err := s.checkCaptcha(c, p, site, c.Arg(1).Text()); err != nil {
		return err
	}
	var who *Person
	by := "web_passwd"
	switch {
	case c.Has("v"):
		by = "web_vcode"
		who, err = s.byCode(c, p, site)
	case c.Has("p"):
		who, err = s.byPassword(c, p, site)
	case c.Who == domain.Owner:
		by = "owner"
		who, err = s.person(c.Context(), site, c.Arg(1).Text())
	default:
		err = domain.E("e.www.api.auth.fail_login", "neither a password nor a code")
	}
	if err != nil {
		return err
	}
	se, err := s.begin(c.Context(), site, who, by, strings.TrimSpace(c.Arg(1).Text()))
	if err != nil {
		return err
	}
	return s.replySession(c, se)
}

// checkCaptcha checks the captcha that a caller answers, and that one was
// answered where the site asks for it.
func (s *Service) checkCaptcha(c *shell.Call, p *people, site *Site, account string) error {
	code := c.Opt("cap").Text()
	if code == "" && (site.Captcha == "" || c.Who == domain.Owner) {
		return nil
	}
	codes, err := s.codes(c.Context(), p, site, firstOf(c.Opt("capscene").Text(), site.Captcha, "robot"))
	if err != nil {
		return err
	}
	return codes.use(c.Context(), captchaAccount(account), code)
}

// captchaAccount is the account that a captcha is bound to: names are typed
// with blanks around and in either case.
func captchaAccount(account string) string { return strings.ToLower(strings.TrimSpace(account)) }

// byPassword finds the person of a name and password. Whatever is wrong, the
// work and the answer are the same.
func (s *Service) byPassword(c *shell.Call, p *people, site *Site) (*Person, error) {
	ctx, name, passwd := c.Context(), c.Arg(1).Text(), c.Opt("p").Text()
	who, err := s.person(ctx, site, name)
	switch domain.CodeOf(err) {
	case "":
	case "e.auth.account.noexists":
		if c.Has("create") && c.Who == domain.Owner {
			return s.createBy(ctx, site, name, passwd)
		}
		who = nil
	default:
		return nil, err
	}
	counted := guessedName(site, who, name)
	if err := p.guesses.try(ctx, counted, remote(c)); err != nil {
		return nil, err
	}
	stored := ""
	if who != nil {
		stored = who.get("passwd").String()
	}
	ok, rehash, err := s.verify(ctx, stored, passwd)
	if err != nil {
		return nil, err
	}
	if !ok {
		if err := p.guesses.failed(ctx, counted, remote(c)); err != nil {
			return nil, err
		}
		return nil, domain.E("e.auth.login.invalid.passwd")
	}
	if err := p.guesses.succeeded(ctx, counted, remote(c)); err != nil {
		return nil, err
	}
	return s.signedIn(ctx, site, who, passwd, rehash)
}

// guessedName is what failures are counted for: the account, or the name that
// was tried when nobody has it, so that both are locked alike.
func guessedName(site *Site, who *Person, name string) string {
	if who != nil {
		return string(site.Accounts) + "\x00" + who.ID
	}
	return string(site.Accounts) + "\x00?" + strings.ToLower(strings.TrimSpace(name))
}

// signedIn notes the time of a sign-in, and hashes a password anew that was
// hashed in another way than today's.
func (s *Service) signedIn(ctx context.Context, site *Site, who *Person, passwd string, rehash bool) (*Person, error) {
	patch := []byte(`{"login":` + strconv.FormatInt(s.nowMS(), 10) + `}`)
	if rehash {
		salt := make([]byte, saltLen)
		copyRandom(salt)
		release, err := s.pool.enter(ctx)
		if err != nil {
			return nil, err
		}
		hash := s.o.Hash.phc(passwd, salt)
		release()
		patch = append(patch[:len(patch)-1], `,"passwd":"`+hash+`"}`...)
	}
	rec, err := site.people.Update(ctx, who.ID, patch)
	return personOf(rec), err
}

// byCode finds the person of a phone number or e-mail address who gives the code
// that was sent there; the first time it makes the account.
func (s *Service) byCode(c *shell.Call, p *people, site *Site) (*Person, error) {
	ctx := c.Context()
	key, account, ok := phoneOrEmail(c.Arg(1).Text())
	if !ok {
		return nil, domain.E("e.auth.login.NoPhoneOrEmail")
	}
	codes, err := s.codes(ctx, p, site, firstOf(c.Opt("scene").Text(), "auth"))
	if err != nil {
		return nil, err
	}
	counted := guessedName(site, nil, account)
	if err := p.guesses.try(ctx, counted, remote(c)); err != nil {
		return nil, err
	}
	if err := codes.use(ctx, account, c.Opt("v").Text()); err != nil {
		if domain.CodeOf(err) == "e.auth.captcha.invalid" {
			if e := p.guesses.failed(ctx, counted, remote(c)); e != nil {
				return nil, e
			}
		}
		return nil, err
	}
	if err := p.guesses.succeeded(ctx, counted, remote(c)); err != nil {
		return nil, err
	}
	return s.personOfCode(c, site, key, account)
}

// personOfCode is the account of a proven phone number or e-mail address. Of
// many at once one makes it and the others find it.
func (s *Service) personOfCode(c *shell.Call, site *Site, key, account string) (*Person, error) {
	ctx := c.Context()
	who, err := found(site.people.Find(ctx, []string{key}, account))
	if domain.CodeOf(err) == "e.auth.account.noexists" && c.Has("create") {
		who, err = s.createBy(ctx, site, account, c.Opt("p").Text())
		if domain.CodeOf(err) == "e.thing.ukey.duplicated" {
			return found(site.people.Find(ctx, []string{key}, account))
		}
		return who, err
	}
	if err != nil {
		return nil, domain.E("e.www.api.auth.fail_login")
	}
	if c.Has("p") && !who.hasPassword() {
		hash, err := s.hash(ctx, c.Opt("p").Text())
		if err != nil {
			return nil, err
		}
		return s.change(ctx, s.in(c.Domain), site, who, jsonField("passwd", hash), "")
	}
	return s.signedIn(ctx, site, who, "", false)
}

// phoneOrEmail tells which key an account's text is for, in its normal form.
func phoneOrEmail(text string) (key, account string, ok bool) {
	if at := strings.IndexByte(text, '@'); at > 0 && at < len(text)-1 && len(text) <= maxName {
		return "email", normalEmail(text), true
	}
	account, ok = normalPhone(text)
	return "phone", account, ok
}

// createBy makes an account of a name, phone number or e-mail address.
func (s *Service) createBy(ctx context.Context, site *Site, account, passwd string) (*Person, error) {
	key, value, ok := phoneOrEmail(account)
	if !ok {
		key, value = "nm", strings.TrimSpace(account)
	}
	fields := jsonField(key, value)
	if passwd != "" {
		hash, err := s.hash(ctx, passwd) // here: one that looks like a hash is not taken for it
		if err != nil {
			return nil, err
		}
		fields = append(append(fields[:len(fields)-1], ','), jsonField("passwd", hash)[1:]...)
	}
	who, err := s.create(ctx, site, fields)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, site, who, "", false)
}

// hasPassword reports whether a person can sign in by password.
func (p *Person) hasPassword() bool {
	v := gjson.GetBytes(p.body, "passwd")
	return v.Type == gjson.String && v.Str != ""
}
