package www

import (
	"context"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/www/send"
)

// codeLen is how many digits a code has that is sent.
const codeLen = 6

// channel is a way that a code is sent.
type channel struct {
	by   send.Channel
	key  string // the account's field
	life time.Duration
	fail string // the error's code
}

// channels are the ways, by -as.
var channels = map[string]channel{
	"sms":   {send.SMS, "phone", 5 * time.Minute, "e.www.captcha.fail_send_by_sms"},
	"email": {send.Mail, "email", 20 * time.Minute, "e.www.captcha.fail_send_by_email"},
}

// wantedAs tells what an account must be, by the field that holds it.
var wantedAs = map[string]domain.Text{
	"phone": {ZH: "需要手机号", EN: "want a phone number"},
	"email": {ZH: "需要邮箱", EN: "want an e-mail address"},
}

// vcode is a code to be sent.
type vcode struct {
	account string // whom it is bound to
	to      string
	code    string
	life    time.Duration
	tries   int
}

// sendCode makes a code, sends it and prints its bookkeeping. Whether somebody
// has the phone number or the address is not looked at: the answers are equal.
func (s *Service) sendCode(c *shell.Call, p *people, site *Site, codes *codes, as channel) error {
	v, err := readVcode(c, as)
	if err != nil {
		return err
	}
	if err := s.checkRobot(c, p, site); err != nil {
		return err
	}
	ctx := c.Context()
	if err := s.reserve(ctx, p, as.by, v.to); err != nil {
		return err
	}
	expi, err := codes.add(ctx, v.account, v.code, sentCode, v.life, v.tries)
	if err != nil {
		return err
	}
	_, err = p.post.Send(ctx, v.message(c, s, site, codes.scene, as))
	if err != nil {
		if e := codes.drop(context.WithoutCancel(ctx), v.account, v.code); e != nil {
			s.o.Log.Warn("a code that was not sent could not be taken back", "err", e)
		}
		err = domain.Wrap(err, as.fail)
	}
	s.audit(c, Event{Act: "code", Site: site, To: v.to, What: string(as.by) + " " + codes.scene, Err: err})
	if err != nil {
		s.o.Log.Error("a code could not be sent", "domain", p.d.Name(), "channel", as.by, "scene", codes.scene, "err", err)
		return err
	}
	return c.Reply(v.answer(codes.scene, expi))
}

// readVcode reads what is to be sent to whom. A request sends only to the account
// that the code is bound to; the owner may say where.
func readVcode(c *shell.Call, as channel) (v vcode, err error) {
	key, account, ok := phoneOrEmail(c.Arg(2).Text())
	if v.account, v.to = account, account; c.Has("to") {
		var to string
		if key, to, ok = phoneOrEmail(c.Opt("to").Text()); c.Who != domain.Owner && to != account {
			return v, domain.E("e.auth.nopvg", domain.Text{ZH: "-to：只有主人可以指定账户以外的接收者", EN: "-to: another than the account's is the owner's to say"})
		}
		v.account, v.to = captchaAccount(c.Arg(2).Text()), to
	}
	if !ok || key != as.key || v.account == "" || as.key == "email" && !send.IsAddress(v.to) || as.key == "phone" && !isCallable(v.to) {
		return v, domain.E("e.auth.login.NoPhoneOrEmail", wantedAs[as.key])
	}
	if v.life, err = parseLife(c.Opt("du").Text(), as.life); err != nil {
		return v, err
	}
	if v.tries, err = intOr(c.Opt("retry"), captchaTries, 1, 10, "-retry"); err != nil {
		return v, err
	}
	n, err := intOr(c.Opt("len"), codeLen, 4, maxCodeLen, "-len")
	if err != nil {
		return v, err
	}
	v.code, err = codeOf(c, n)
	return v, err
}

// checkRobot asks for a captcha before anything is sent: of every request, unless
// the site's metadata has vcode_captcha "none", and of the owner with -robot.
func (s *Service) checkRobot(c *shell.Call, p *people, site *Site) error {
	code := c.Opt("cap").Text()
	if code == "" && !c.Has("robot") && (c.Who == domain.Owner || site.OpenSend) {
		return nil
	}
	scene, err := pictureScene(c, site, "robot")
	if err != nil {
		return err
	}
	codes, err := s.codes(c.Context(), p, site, scene)
	if err != nil {
		return err
	}
	return codes.use(c.Context(), captchaAccount(c.Arg(2).Text()), code, shownCode)
}

// message is the code as the post office takes it.
func (v vcode) message(c *shell.Call, s *Service, site *Site, scene string, as channel) send.Message {
	to := v.to
	if as.by == send.SMS {
		to = international(to)
	}
	minutes := max(1, int(v.life/time.Minute))
	return send.Message{
		Channel: as.by, To: to, Site: site.ID, Scene: scene, Template: c.Opt("by").Text(),
		Lang:   firstOf(send.Lang(c.Opt("lang").Text()), string(c.Lang)),
		Values: map[string]string{"code": v.code, "minutes": strconv.Itoa(minutes), "scene": scene, "account": v.account, "title": site.title()},
		Until:  s.o.Now().Add(v.life),
	}
}

// answer is the code's bookkeeping; the code is not in it.
func (v vcode) answer(scene string, expi int64) []byte {
	b := relaxed.AppendString([]byte(`{"scene":`), scene)
	b = relaxed.AppendString(append(b, `,"account":`...), v.account)
	b = appendInt(b, `,"retry":`, int64(v.tries))
	b = appendInt(b, `,"maxRetry":`, int64(v.tries))
	return append(appendInt(b, `,"expi":`, expi), '}')
}
