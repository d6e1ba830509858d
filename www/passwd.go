package www

import (
	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// mayPasswd is the permission to set others' passwords.
const mayPasswd = "account.passwd"

// passwdVerb is `www passwd SITE [NEW]`: change a password.
func (s *Service) passwdVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "passwd",
		Manual: manual("passwd"),
		Params: []shell.Param{siteParam(), {Name: "NEW", Optional: true, Help: text("新密码", "the new password")}},
		Options: answerOptions(
			shell.Option{Name: "u", Arity: shell.Required, Arg: "USER", Help: text("谁的密码", "whose password")},
			shell.Option{Name: "ticket", Arity: shell.Required, Arg: "TICKET", Help: text("会话票据：本人的密码", "a session's ticket: one's own password")},
			shell.Option{Name: "check", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON",
				Help: text("先核对 {oldpwd,newpwd} 或 {account,vcode,scene,newpwd}；无值时从管道读取", "check {oldpwd,newpwd} or {account,vcode,scene,newpwd} first; without a value it is read from the pipe")},
			shell.Option{Name: "init", Help: text("仅当尚无密码时设置", "only when there is no password yet")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.passwd,
	}
}

// change of a password, as it was asked for.
type passwdChange struct {
	who     *Person
	session *Session // nil without -ticket
	proof   gjson.Result
	passwd  string
}

func (s *Service) passwd(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	ch := passwdChange{passwd: c.Arg(1).Text()}
	if err := ch.read(c); err != nil {
		return err
	}
	if err := s.whosePasswd(c, site, &ch); err != nil {
		return err
	}
	if err := s.mayChange(c, p, site, &ch); err != nil {
		return err
	}
	keep := ""
	if ch.session != nil {
		keep = ch.session.ID
	}
	hash, err := s.hash(c.Context(), ch.passwd) // here: one that looks like a hash is not taken for it
	if err != nil {
		return err
	}
	who, err := s.change(c.Context(), p, site, ch.who, jsonField("passwd", hash), keep)
	if err != nil {
		return err
	}
	return c.Reply(who.own())
}

// read takes the proof of -check, which also may name the new password.
func (ch *passwdChange) read(c *shell.Call) error {
	if !c.Has("check") {
		return nil
	}
	doc, err := given(c, "check")
	if err != nil {
		return err
	}
	ch.proof = gjson.ParseBytes(doc)
	if !ch.proof.IsObject() {
		return domain.E("e.json", "want {oldpwd,newpwd}")
	}
	if v := ch.proof.Get("newpwd"); ch.passwd == "" && v.Type == gjson.String {
		ch.passwd = v.Str
	}
	return nil
}

// whosePasswd finds the account: that of the ticket, of -u, or of the code.
func (s *Service) whosePasswd(c *shell.Call, site *Site, ch *passwdChange) (err error) {
	ctx := c.Context()
	switch {
	case c.Has("ticket") && (ch.proof.Get("vcode").String() == "" || !noTicket(c.Opt("ticket").Text())):
		if ch.session, err = s.session(ctx, site, c.Opt("ticket").Text()); err == nil {
			ch.who = ch.session.Person
		}
	case c.Has("u"):
		ch.who, err = s.person(ctx, site, c.Opt("u").Text())
	case ch.proof.Get("account").String() != "":
		if ch.who, err = s.person(ctx, site, ch.proof.Get("account").String()); domain.CodeOf(err) == "e.auth.account.noexists" {
			err = domain.E("e.auth.captcha.invalid") // whether there is an account is not told
		}
	default:
		err = domain.E("e.cmd.usage", "whose password? -u USER or -ticket TICKET")
	}
	return err
}

// mayChange checks the proof that a change needs: the old password or a code
// for a request; nothing for the owner, unless -check asks for it.
func (s *Service) mayChange(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	switch {
	case c.Has("init") && ch.who.hasPassword():
		return domain.E("e.auth.passwd.old.invalid", "there is a password already")
	case ch.proof.Get("vcode").String() != "":
		return s.checkVcode(c, p, site, ch)
	case c.Has("check"):
		return s.checkOld(c, p, site, ch)
	case c.Who == domain.Owner:
		return nil
	case ch.session != nil && !ch.who.hasPassword():
		return nil // the first password of somebody who signed in by a code
	case ch.session != nil:
		return domain.E("e.auth.passwd.old.invalid")
	}
	return s.allowed(c, site, mayPasswd)
}

// checkOld checks the old password, as carefully as a sign-in does.
func (s *Service) checkOld(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	if !ch.who.hasPassword() && ch.session != nil {
		return nil
	}
	ctx, counted := c.Context(), guessedName(site, ch.who, "")
	if err := p.guesses.try(ctx, counted, remote(c)); err != nil {
		return err
	}
	ok, _, err := s.verify(ctx, ch.who.get("passwd").String(), ch.proof.Get("oldpwd").String())
	if err != nil {
		return err
	}
	if ok {
		return p.guesses.succeeded(ctx, counted, remote(c))
	}
	if err := p.guesses.failed(ctx, counted, remote(c)); err != nil {
		return err
	}
	return domain.E("e.auth.passwd.old.invalid")
}

// checkVcode checks the code that was sent to the account's own phone or e-mail
// address.
func (s *Service) checkVcode(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	key, account, ok := phoneOrEmail(ch.proof.Get("account").String())
	if !ok || ch.who.get(key).String() != account {
		return domain.E("e.auth.captcha.invalid")
	}
	codes, err := s.codes(c.Context(), p, site, firstOf(ch.proof.Get("scene").String(), "resetpasswd"))
	if err != nil {
		return err
	}
	return codes.use(c.Context(), account, ch.proof.Get("vcode").String())
}
