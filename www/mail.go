package www

import (
	"io"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/www/send"
)

// maxMail bounds the text of a mail, in bytes.
const maxMail = 64 << 10

// mailTries is how long a mail may be on its way before it has failed.
const mailTries = 5 * time.Minute

// mailVerb is `www mail SITE TO`: a mail of one's own, by the domain's sender.
func (s *Service) mailVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "mail",
		Manual: manual("mail"),
		Params: []shell.Param{
			siteParam(),
			{Name: "TO", Help: text("收件人邮箱", "the receiver's e-mail address")},
			{Name: "TEXT", Optional: true, Repeat: true, Help: text("正文，缺省读管道", "what it says; without it, the pipe")},
		},
		Options: answerOptions(
			shell.Option{Name: "subject", Arity: shell.Required, Arg: "TEXT", Help: text("标题", "the subject")},
			shell.Option{Name: "reply", Arity: shell.Required, Arg: "ADDR", Help: text("回复到这个邮箱", "answers go to this address")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.mail,
	}
}

func (s *Service) mail(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	m, err := s.letter(c, site)
	if err != nil {
		return err
	}
	if c.Who != domain.Owner && !isLiteral(c.Arg(1)) {
		if err := s.reserve(c.Context(), p, send.Mail, normalEmail(m.To)); err != nil {
			return err
		}
	}
	id, err := p.post.Send(c.Context(), m)
	s.audit(c, Event{Act: "mail", Site: site, To: m.To, What: "mail", Err: err})
	if err != nil {
		return err
	}
	b := relaxed.AppendString([]byte(`{"id":`), id)
	b = relaxed.AppendString(append(b, `,"to":`...), m.To)
	return c.Reply(append(b, '}'))
}

// letter is the mail that the words say.
func (s *Service) letter(c *shell.Call, site *Site) (m send.Message, err error) {
	m = send.Message{
		Channel: send.Mail, To: mailTo(c.Arg(1).Text()), Site: site.ID, Scene: "mail", Lang: string(c.Lang),
		Subject: c.Opt("subject").Text(), ReplyTo: mailTo(c.Opt("reply").Text()), Until: s.o.Now().Add(mailTries),
	}
	for _, addr := range []string{m.To, m.ReplyTo} {
		if !send.IsAddress(addr) && (addr != "" || addr == m.To) {
			return m, domain.E("e.auth.login.NoPhoneOrEmail", wantedAs["email"])
		}
	}
	if c.NArg() > 2 {
		m.Text = joinWords(c.Args(2))
	} else {
		raw, err := io.ReadAll(io.LimitReader(c.In, maxMail+1))
		if err != nil {
			return m, err
		}
		m.Text = string(raw)
	}
	if strings.TrimSpace(m.Text) == "" {
		return m, domain.E("e.cmd.arg", domain.Text{ZH: "邮件没有正文", EN: "the mail says nothing"})
	}
	return m, nil
}

func joinWords(args []shell.Arg) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a.Text()
	}
	return strings.Join(words, " ")
}

// isLiteral reports whether a word is the script's own, with nothing of a request.
func isLiteral(a shell.Arg) bool {
	for _, data := range a.Pieces() {
		if data {
			return false
		}
	}
	return true
}
