package send

import (
	"encoding/json"
	"net/mail"
	"regexp"
	"strings"
	"unicode"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// Templates are ~/.domain/templates/<sms|mail>/<name>.<lang>.txt, with the placeholders
// of scripts: ${code}, ${minutes}. A mail's begins with `Subject: …` and an
// empty line. Of these the first that is there counts: the template in the message's
// language, without a language, the template `default` likewise, the words that
// come with the program.
const templateDir = domain.Path(".domain/templates")

// maxTemplate bounds a template and a filled message, in bytes.
const maxTemplate = 64 << 10

var goodName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// builtin are the words that come with the program.
var builtin = map[Channel]domain.Text{
	SMS: {
		ZH: "您的验证码是 ${code}，${minutes} 分钟内有效。如非本人操作，请忽略。",
		EN: "Your code is ${code}. It is good for ${minutes} minutes. If you did not ask for it, ignore this message.",
	},
	Mail: {
		ZH: "Subject: 验证码 ${code}\n\n您好，\n\n您的验证码是 ${code}，${minutes} 分钟内有效，只能使用一次。\n\n如非本人操作，请忽略这封邮件，不要把验证码告诉任何人。\n",
		EN: "Subject: ${code} is your code\n\nHello,\n\nyour code is ${code}. It is good for ${minutes} minutes, once.\n\nIf you did not ask for it, ignore this mail and give the code to nobody.\n",
	},
}

// Lang is a language's name as templates have it: lower case; "" when it is none.
func Lang(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	switch {
	case !goodName.MatchString(name):
		return ""
	case name == "zh" || strings.HasPrefix(name, "zh-hans"):
		return "zh-cn"
	}
	return name
}

// fill finds a message's template and fills it. What fills it is data: it
// is not read again, and a subject is one line whatever it holds.
func fill(d *domain.Domain, m *Message) error {
	if m.Lang = Lang(m.Lang); m.Lang == "" {
		m.Lang = Lang(string(d.Config().Lang))
	}
	if m.Template == "" {
		m.Template = m.Scene
	}
	if m.Text != "" {
		m.Subject = OneLine(m.Subject)
		return m.fits()
	}
	src, err := template(d, m)
	if err != nil {
		return err
	}
	subject := ""
	if m.Channel == Mail {
		subject, src = splitSubject(src)
	}
	values, err := json.Marshal(m.Values)
	if err != nil {
		return domain.Wrap(err, "e.send.config", domain.Text{ZH: "模板的值", EN: "template values"})
	}
	if m.Subject, err = filled(subject, values); err != nil {
		return err
	}
	m.Subject = OneLine(m.Subject)
	if m.Text, err = filled(src, values); err != nil {
		return err
	}
	if m.Channel == SMS {
		m.Text = strings.TrimSpace(m.Text)
	}
	if m.fits() != nil {
		return domain.E("e.send.config", domain.Textf("模板 %v：消息过长", "template %v: the message is too long", m.Template))
	}
	return nil
}

func (m *Message) fits() error {
	if len(m.Text) > maxTemplate || len(m.Subject) > 900 {
		return domain.E("e.send.refused", domain.Text{ZH: "内容过长", EN: "the message is too long"})
	}
	return nil
}

func template(d *domain.Domain, m *Message) (string, error) {
	tree := d.Tree(domain.Owner)
	for _, name := range []string{m.Template + "." + m.Lang, m.Template, "default." + m.Lang, "default"} {
		path, err := (templateDir + "/" + domain.Path(m.Channel)).Join(name + ".txt")
		if err != nil || !goodName.MatchString(m.Template) {
			return "", domain.E("e.send.config", domain.Text{ZH: "模板名：字母、数字、- 与 _，最多 32 个字符", EN: "template: letters, digits, - and _, at most 32"})
		}
		obj, err := tree.Stat(path)
		if domain.CodeOf(err) == "e.io.obj.noexists" {
			continue
		}
		if err != nil {
			return "", err
		}
		if obj.Len > maxTemplate {
			return "", domain.E("e.send.config", domain.Textf("%v 超过 64 KiB", "%v is over 64 KiB", path.String()))
		}
		text, err := tree.ReadWithin(path, maxTemplate)
		return string(text), err
	}
	if strings.HasPrefix(m.Lang, "zh") {
		return builtin[m.Channel].ZH, nil
	}
	return builtin[m.Channel].EN, nil
}

// splitSubject takes the line `Subject: …` off a mail's template.
func splitSubject(src string) (subject, body string) {
	src = strings.TrimLeft(strings.ReplaceAll(src, "\r\n", "\n"), "\ufeff\n")
	head, rest, _ := strings.Cut(src, "\n")
	if text, ok := strings.CutPrefix(head, "Subject:"); ok {
		return strings.TrimSpace(text), strings.TrimPrefix(rest, "\n")
	}
	return "", src
}

func filled(src string, values []byte) (string, error) {
	t, err := shell.ParseTemplate(src)
	if err != nil {
		return "", domain.Wrap(err, "e.send.config", domain.Textf("模板：%v", "template: %v", err.Error()))
	}
	return string(t.Append(nil, shell.JSONVars(values))), nil
}

// OneLine is a text as a header may hold it: controls and line ends are blanks.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}

// IsAddress reports whether s is one bare e-mail address, as mail can be sent to: at a
// host that has a name, and of characters that can be seen.
func IsAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && !strings.ContainsAny(s, "[]") && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r)
	})
}
