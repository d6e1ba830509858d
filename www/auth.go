package www

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
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
			scenesOption(),
			shell.Option{Name: "cap", Arity: shell.Required, Arg: "CODE", Help: text("图形验证码；空则不检查，除非站点要求", "the answer to a captcha; empty is none, unless the site asks for one")},
			shell.Option{Name: "capscene", Arity: shell.Required, Arg: "SCENE", Help: text("图形验证码场景，默认 robot", "the captcha's scene, robot by default")},
			shell.Option{Name: "ticket", Arity: shell.Required, Arg: "TICKET", Help: text("会话票据：与 -v 或 -wxcode 一起为其绑定手机、邮箱或微信；单独使用则开子会话", "a session's ticket: with -v or -wxcode its person gets the phone number, address or WeChat; alone it opens a child session")},
			shell.Option{Name: "wxcode", Arity: shell.Required, Arg: "mp|gh|open", Help: text("ACCOUNT 为微信登录码：小程序、公众号或开放平台", "ACCOUNT is a WeChat code: of a mini-program, an official account or the open platform")},
			shell.Option{Name: "wxapp", Arity: shell.Required, Arg: "NAME", Help: text("domain.json 中的微信应用名，默认 main 或唯一的一个", "the application's name in domain.json; main by default, or the only one")},
			shell.Option{Name: "subscribe", Help: text("仅限已关注公众号的人（-wxcode gh）", "only who follows the official account (-wxcode gh)")},
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
	if c.Has("subscribe") && !c.Has("wxcode") {
		return domain.E("e.cmd.usage", domain.Text{ZH: "-subscribe 与 -wxcode gh 一起使用", EN: "-subscribe goes with -wxcode gh"})
	}
	switch {
	case c.Has("wxcode") && c.Has("ticket"):
		return s.fromTicket(c, p, site)
	case c.Has("wxcode"):
		return s.byWeixin(c, p, site)
	}
	if err := s.checkCaptcha(c, p, site, c.Arg(1).Text()); err != nil {
		s.auditFailure(c, Event{Act: "signin", Site: site, What: "captcha", Err: err})
		return err
	}
	if c.Has("ticket") && !c.Has("p") {
		return s.fromTicket(c, p, site)
	}
	pr, err := s.prove(c, p, site)
	if err != nil {
		s.auditFailure(c, Event{Act: "signin", Site: site, Whom: pr.who, What: s.how(c), Err: err})
		return err
	}
	se, err := s.signIn(c.Context(), p, site, pr, strings.TrimSpace(c.Arg(1).Text()))
	e := Event{Act: "signin", Site: site, Whom: pr.who, What: pr.by, Err: err}
	if pr.by != byOwner {
		e.Who = pr.who.ID
	}
	s.audit(c, e)
	if err != nil {
		return err
	}
	if pr.by != byOwner {
		se.Device = s.rememberDevice(c, p, site, pr.who.ID)
	}
	return s.replySession(c, se)
}

// how is the way in which a caller tries to sign in.
func (s *Service) how(c *shell.Call) string {
	if c.Has("v") {
		return "web_vcode"
	}
	return "web_passwd"
}

// proof is somebody who showed who they are.
type proof struct {
	who  *Person
	by   string // how: a session's by_tp
	hash string // to be stored in place of the password's, "" for none
}

// prove finds out who signs in.
func (s *Service) prove(c *shell.Call, p *people, site *Site) (proof, error) {
	switch {
	case c.Has("v"):
		return s.byCode(c, p, site)
	case c.Has("p"):
		return s.byPassword(c, p, site)
	case c.Who == domain.Owner:
		who, err := s.person(c.Context(), site, c.Arg(1).Text())
		return proof{who: who, by: byOwner}, err
	}
	return proof{}, domain.E("e.www.api.auth.fail_login", domain.Text{ZH: "既没有密码也没有验证码", EN: "neither a password nor a code"})
}

// byOwner marks sessions that the owner opened for somebody.
const byOwner = "owner"

// signIn begins a session and notes its time on the account, in one commit. Who
// changed their password meanwhile has to prove themselves again. The thing's
// scripts are not set off: nothing of the account has changed.
func (s *Service) signIn(ctx context.Context, p *people, site *Site, pr proof, byVal string) (*Session, error) {
	for range maxTries {
		rec, err := site.people.Get(ctx, pr.who.ID)
		if err != nil || personOf(rec).epoch() != pr.who.epoch() {
			return nil, domain.E("e.www.api.auth.fail_login")
		}
		body, err := pr.note(rec.Body, s.nowMS())
		if err != nil {
			return nil, err
		}
		se, begin := s.begin(site, &Person{ID: rec.ID, body: body}, pr.by, byVal)
		_, err = p.db.Commit(ctx, begin, thingset.Write{Set: string(site.Accounts), ID: rec.ID, Body: body, If: rec.Rev})
		if domain.CodeOf(err) != "e.thing.rev" {
			return se, err
		}
	}
	return nil, domain.E("e.busy", domain.Text{ZH: "同一账户的并发请求过多", EN: "too many at once for one account"})
}

// maxTries is how often a change is tried again when another came between.
const maxTries = 20

// note is the account after a sign-in.
func (pr proof) note(body []byte, now int64) (out []byte, err error) {
	out = body
	if pr.by != byOwner {
		if out, err = sjson.SetBytes(out, "login", now); err != nil {
			return nil, err
		}
	}
	if pr.hash != "" && gjson.GetBytes(body, "passwd").String() == pr.who.get("passwd").String() {
		return sjson.SetBytes(out, "passwd", pr.hash)
	}
	return out, nil
}

// checkCaptcha checks the captcha that a caller answers, and that one was
// answered where the site asks for it.
func (s *Service) checkCaptcha(c *shell.Call, p *people, site *Site, account string) error {
	code := c.Opt("cap").Text()
	if code == "" && (site.Captcha == "" || c.Who == domain.Owner) {
		return nil
	}
	scene, err := pictureScene(c, site, firstOf(site.Captcha, "robot"))
	if err != nil {
		return err
	}
	codes, err := s.codes(c.Context(), p, site, scene)
	if err != nil {
		return err
	}
	return codes.use(c.Context(), captchaAccount(account), code, shownCode)
}

// captchaAccount is the account that a captcha is bound to: names are typed
// with blanks around and in either case, phone numbers with and without prefix.
func captchaAccount(account string) string {
	if _, normal, ok := phoneOrEmail(account); ok {
		return normal
	}
	return strings.ToLower(normalName(account))
}
