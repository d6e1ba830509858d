package www

import (
	"context"
	"slices"

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
			shell.Option{Name: "scenes", Arity: shell.Required, Arg: "LIST", Help: text("验证码可以属于的场景，逗号分隔，默认 resetpasswd", "of which scenes a code may be, by comma; resetpasswd by default")},
			shell.Option{Name: "init", Help: text("仅当尚无密码时设置", "only when there is no password yet")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.passwd,
	}
}

// passwdChange is a change as it was asked for.
type passwdChange struct {
	who     *Person  // nil: nobody has that name, or the code will tell who
	session *Session // nil without -ticket
	free    bool     // no proof is needed
	proof   gjson.Result
	passwd  string
}

func (ch *passwdChange) field(name string) string { return ch.proof.Get(name).String() }

func (s *Service) passwd(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	ch := &passwdChange{passwd: c.Arg(1).Text()}
	if err := ch.read(c); err != nil {
		return err
	}
	if err := s.whosePasswd(c, site, ch); err != nil {
		if ch.session != nil && ch.session.actor != "" {
			s.auditFailure(c, Event{Act: "passwd", Site: site, Who: ch.session.actor, Whom: ch.who, Err: err})
		}
		return err
	}
	if err := acceptable(ch.passwd); err != nil { // before a code is used up
		return err
	}
	if err := s.proveChange(c, p, site, ch); err != nil {
		s.auditFailure(c, Event{Act: "passwd", Site: site, Whom: ch.who, Err: err})
		return err
	}
	hash, err := s.hash(c.Context(), site, ch.passwd) // here: one that looks like a hash is not taken for it
	if err != nil {
		return err
	}
	who, err := s.change(c.Context(), p, site, ch.who, jsonField("passwd", hash), "")
	s.audit(c, Event{Act: "passwd", Site: site, Who: ch.by(c), Whom: ch.who, Err: err})
	if err != nil {
		return err
	}
	if ch.session == nil {
		return c.Reply(who.own())
	}
	se, err := s.goOn(c.Context(), p, site, ch.session, who)
	if err != nil {
		return err
	}
	return c.Reply(withLast(who.own(), "ticket", se.Ticket))
}

// goOn begins the session that goes on after its person changed their password, with a
// new ticket: whoever else knew the old one is out. It is nobody's child: the person's
// other sessions have ended.
func (s *Service) goOn(ctx context.Context, p *people, site *Site, old *Session, who *Person) (*Session, error) {
	alone := *old
	alone.parent = nil
	se, err := successor(&alone, who)
	if err == nil {
		_, err = p.db.Commit(ctx, s.beginning(site, se))
	}
	return se, err
}

// by is who changes the password: who has signed in, or whoever has proved to be the
// account's.
func (ch *passwdChange) by(c *shell.Call) string {
	switch {
	case ch.session != nil, ch.field("vcode") != "":
		return ch.who.ID
	}
	return caller(c)
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
		return domain.E("e.json", domain.Text{ZH: "应是 {oldpwd,newpwd}", EN: "want {oldpwd,newpwd}"})
	}
	if v := ch.proof.Get("newpwd"); ch.passwd == "" && v.Type == gjson.String {
		ch.passwd = v.Str
	}
	return nil
}

// whosePasswd finds the account: that of the ticket or of -u. Of a code it is
// not looked for before the code was right.
func (s *Service) whosePasswd(c *shell.Call, site *Site, ch *passwdChange) (err error) {
	switch {
	case c.Has("ticket") && (ch.field("vcode") == "" || !noTicket(c.Opt("ticket").Text())):
		if ch.session, err = s.session(c.Context(), site, c.Opt("ticket").Text()); err == nil {
			ch.who = ch.session.Person
			err = ch.session.mayProve()
		}
		return err
	case c.Has("u"):
		return s.namedPasswd(c, site, ch)
	case ch.field("vcode") != "":
		return nil
	case c.Who == domain.API:
		return domain.E("e.www.api.auth.nologin")
	}
	return domain.E("e.cmd.usage", domain.Text{ZH: "谁的密码？给出 -u USER 或 -ticket TICKET", EN: "whose password? -u USER or -ticket TICKET"})
}

// namedPasswd finds the account of -u. Who may not set others' passwords is not
// told whether there is one.
func (s *Service) namedPasswd(c *shell.Call, site *Site, ch *passwdChange) (err error) {
	denied := s.allowed(c, site, mayPasswd)
	if denied != nil && !c.Has("check") {
		return denied
	}
	ch.who, err = s.person(c.Context(), site, c.Opt("u").Text())
	if denied != nil && domain.CodeOf(err) == "e.auth.account.noexists" {
		return nil
	}
	if ch.free = denied == nil && !c.Has("check"); ch.free && err == nil {
		err = s.mayBe(c, site, ch.who)
	}
	return err
}

// proveChange checks the proof that a change needs: a code, the old password, or
// that there is none yet.
func (s *Service) proveChange(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	has := ch.who != nil && ch.who.hasPassword()
	switch {
	case ch.field("vcode") != "":
		return s.proveByCode(c, p, site, ch)
	case c.Has("init") && has && (ch.free || ch.session != nil):
		return domain.E("e.auth.passwd.old.invalid", domain.Text{ZH: "已经有密码", EN: "there is a password already"})
	case ch.free || ch.session != nil && !has: // the first one of somebody who signed in by a code
		return nil
	case c.Has("check"):
		return s.checkOld(c, p, site, ch)
	}
	return domain.E("e.auth.passwd.old.invalid")
}

// checkOld checks the old password, as carefully as a sign-in does.
func (s *Service) checkOld(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	try := s.attempt(c, p, site, ch.who, c.Opt("u").Text())
	right, err := s.checkPassword(c.Context(), p, try, ch.who, ch.field("oldpwd"))
	if err == nil && !right {
		s.auditLock(c, p, site, ch.who, try)
		err = domain.E("e.auth.passwd.old.invalid")
	}
	return err
}

// scene is the scene of the code, which the proof names among those of -scenes.
func (ch *passwdChange) scene(c *shell.Call) (string, error) {
	list, err := scenesOf(c)
	if err != nil {
		return "", err
	}
	if list == nil {
		list = []string{passwdScene}
	}
	scene := firstOf(ch.field("scene"), list[0])
	if !slices.Contains(list, scene) {
		return "", domain.E("e.auth.captcha.invalid")
	}
	return scene, nil
}

// proveByCode checks the code that was sent to a phone or e-mail address: whose
// that is may change, and nobody else. Whether somebody has it is not told.
func (s *Service) proveByCode(c *shell.Call, p *people, site *Site, ch *passwdChange) error {
	invalid := domain.E("e.auth.captcha.invalid")
	key, account, ok := phoneOrEmail(ch.field("account"))
	if !ok || ch.session != nil && ch.who.get(key).String() != account {
		return invalid
	}
	scene, err := ch.scene(c)
	if err != nil {
		return err
	}
	codes, err := s.codes(c.Context(), p, site, scene)
	if err != nil {
		return err
	}
	if err := s.checkCode(c, p, codes, account, ch.field("vcode")); err != nil {
		return err
	}
	who, err := site.byKey(c.Context(), key, account)
	switch {
	case domain.CodeOf(err) == "e.auth.account.noexists":
		return invalid
	case err != nil:
		return err
	case c.Has("u") && (ch.who == nil || ch.who.ID != who.ID):
		return invalid
	}
	ch.who = who
	return nil
}
