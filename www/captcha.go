package www

import (
	"bytes"
	"image/png"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dchest/captcha"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// Bounds and defaults of captchas.
const (
	captchaLife  = 2 * time.Minute
	captchaTries = 3
	captchaLen   = 4
	maxCodeLen   = 10
)

// captchaVerb is `www captcha SITE SCENE ACCOUNT`: make one, or check an answer.
func (s *Service) captchaVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "captcha",
		Manual: manual("captcha"),
		Params: []shell.Param{
			siteParam(),
			{Name: "SCENE", Help: text("场景，如 robot", "what it is for, e.g. robot")},
			{Name: "ACCOUNT", Help: text("账户", "the account that it is bound to")},
		},
		Options: answerOptions(
			shell.Option{Name: "as", Arity: shell.Required, Arg: "json|png|audio|sms|email", Help: text("输出或发送方式，默认 json", "what is printed, json by default; or how it is sent")},
			shell.Option{Name: "size", Arity: shell.Required, Arg: "100x50", Help: text("图片大小（像素）", "the picture's size in pixels")},
			shell.Option{Name: "type", Arity: shell.Required, Arg: "digital|alphabet", Help: text("字符类型：digital 数字（默认）；alphabet 字母，不能画出或读出", "what it is made of: digital, the default; alphabet, which can neither be drawn nor spoken")},
			shell.Option{Name: "len", Arity: shell.Required, Type: shell.Int, Arg: "4", Help: text("长度；发送的验证码默认 6", "how many digits; 6 by default of codes that are sent")},
			shell.Option{Name: "du", Arity: shell.Required, Arg: "2", Help: text("有效期：分钟，或 90s、5m；短信默认 5 分钟，邮件 20 分钟", "how long it lives: minutes, or 90s, 5m; 5 by default of sms, 20 of mail")},
			shell.Option{Name: "retry", Arity: shell.Required, Type: shell.Int, Arg: "3", Help: text("可尝试次数", "how many tries there are")},
			shell.Option{Name: "lang", Arity: shell.Required, Arg: "zh", Help: text("语音的语言：zh、en、ja、ru…；或消息的语言：zh-cn、en…", "the voice's language: zh, en, ja, ru…; or the message's: zh-cn, en…")},
			shell.Option{Name: "to", Arity: shell.Required, Arg: "ADDR", Help: text("发送到的手机号或邮箱，默认 ACCOUNT", "the phone number or e-mail address that it is sent to, ACCOUNT by default")},
			shell.Option{Name: "by", Arity: shell.Required, Arg: "TEMPLATE", Help: text("消息模板，默认同场景", "the message's template, the scene by default")},
			shell.Option{Name: "cap", Arity: shell.Required, Arg: "CODE", Help: text("图形验证码的答案；接口中发送时必须", "the answer to a captcha; in an endpoint nothing is sent without")},
			shell.Option{Name: "capscene", Arity: shell.Required, Arg: "SCENE", Help: text("图形验证码场景，默认 robot", "the captcha's scene, robot by default")},
			shell.Option{Name: "robot", Help: text("必须通过图形验证码（域主人也要）", "a captcha must be answered, by the owner too")},
			scenesOption(),
			shell.Option{Name: "verify", Arity: shell.Required, Arg: "CODE", Help: text("核对答案；正确则作废该验证码", "check an answer; the right one is used up")},
			shell.Option{Name: "code", Arity: shell.Required, Arg: "CODE", Help: text("指定答案（仅域主人，用于测试）", "set the answer (the owner only; for tests)")},
		),
		Writes: true,
		Run:    s.captcha,
	}
}

func (s *Service) captcha(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	as, sends := channels[c.Opt("as").Text()]
	scene, err := captchaScene(c, site, sends)
	if err != nil {
		return err
	}
	codes, err := s.codes(c.Context(), p, site, scene)
	if err != nil {
		return err
	}
	account := captchaAccount(c.Arg(2).Text())
	switch {
	case (account == "" || len(account) > maxName) && sends:
		return domain.E("e.auth.login.NoPhoneOrEmail", wantedAs[as.key])
	case account == "" || len(account) > maxName:
		return domain.E("e.cmd.arg", domain.Text{ZH: "account：1 到 256 字节", EN: "account: 1 to 256 bytes"})
	}
	if c.Has("verify") {
		kind := shownCode
		if c.Opt("as").Text() == "sms" || c.Opt("as").Text() == "email" {
			kind = sentCode
		}
		if err := codes.use(c.Context(), account, c.Opt("verify").Text(), kind); err != nil {
			return err
		}
		return c.Reply([]byte("true"))
	}
	if sends {
		return s.sendCode(c, p, site, codes, as)
	}
	m, err := readMaking(c)
	if err != nil {
		return err
	}
	kind := shownCode
	if c.Who == domain.Owner && m.as == "json" {
		kind = anyCode
	}
	expi, err := codes.add(c.Context(), account, m.code, kind, m.life, m.tries)
	if c.Has("code") {
		s.audit(c, Event{Act: "code", Site: site, To: account, What: "set " + codes.scene, Err: err})
	}
	if err != nil {
		return err
	}
	return m.print(c, codes, account, expi)
}

// captchaScene is the scene that was named; an empty one is the usual one.
func captchaScene(c *shell.Call, site *Site, sends bool) (string, error) {
	def := "robot"
	if sends {
		def = "auth"
	}
	if c.Has("verify") {
		return answeredScene(c, site, c.Arg(1), def)
	}
	return sceneOf(c, site, c.Arg(1), def)
}

// making is how a captcha is made and shown.
type making struct {
	as            string
	width, height int
	code          string
	life          time.Duration
	tries         int
}

func readMaking(c *shell.Call) (m making, err error) {
	m.as = firstOf(c.Opt("as").Text(), "json")
	if m.as != "json" && m.as != "png" && m.as != "audio" {
		return m, domain.E("e.cmd.arg", domain.Text{ZH: "-as：json、png、audio、sms 或 email", EN: "-as: json, png, audio, sms or email"})
	}
	if m.as != "json" && firstOf(c.Opt("type").Text(), "digital") != "digital" {
		return m, domain.E("e.cmd.arg", domain.Text{ZH: "-type：只有 digital 能绘制或朗读", EN: "-type: only digital can be drawn or spoken"})
	}
	if m.width, m.height, err = parseSize(firstOf(c.Opt("size").Text(), "100x50")); err != nil {
		return m, err
	}
	if m.life, err = parseLife(c.Opt("du").Text(), captchaLife); err != nil {
		return m, err
	}
	n, err := intOr(c.Opt("len"), captchaLen, 4, maxCodeLen, "-len")
	if err != nil {
		return m, err
	}
	if m.tries, err = intOr(c.Opt("retry"), captchaTries, 1, 10, "-retry"); err != nil {
		return m, err
	}
	m.code, err = codeOf(c, n)
	return m, err
}

// codeOf is a random code of the -type, or the one that the owner set.
func codeOf(c *shell.Call, n int) (string, error) {
	set := map[string]string{"digital": digitSet, "alphabet": letterSet}[firstOf(c.Opt("type").Text(), "digital")]
	code := strings.ToUpper(c.Opt("code").Text())
	switch {
	case set == "":
		return "", domain.E("e.cmd.arg", domain.Text{ZH: "-type：digital 或 alphabet", EN: "-type: digital or alphabet"})
	case !c.Has("code"):
		return newCode(set, n), nil
	case c.Who != domain.Owner:
		return "", domain.E("e.auth.nopvg", domain.Text{ZH: "-code 只有主人可用", EN: "-code is the owner's"})
	case strings.Trim(code, set) != "" || len(code) > maxCodeLen:
		return "", domain.E("e.cmd.arg", domain.Text{ZH: "-code：最多 10 个 -type 的字符", EN: "-code: up to 10 characters of the -type"})
	}
	return code, nil
}

// draw prints the picture.
func (m making) draw(c *shell.Call) error {
	if err := c.LongWork(); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := pictureEncoder.Encode(&b, captcha.NewImage(domain.NewID(), drawn(m.code), m.width, m.height).Paletted); err != nil {
		return err
	}
	_, err := c.Out.Write(b.Bytes())
	return err
}

// pictureEncoder keeps what a picture takes for the next one: some 300 KB, for a picture of two.
var pictureEncoder = png.Encoder{BufferPool: &pictureBoxes{}}

// pictureBoxes is a png.EncoderBufferPool.
type pictureBoxes struct{ sync.Pool }

// Get implements png.EncoderBufferPool.
func (p *pictureBoxes) Get() *png.EncoderBuffer {
	b, _ := p.Pool.Get().(*png.EncoderBuffer)
	return b
}

// Put implements png.EncoderBufferPool.
func (p *pictureBoxes) Put(b *png.EncoderBuffer) { p.Pool.Put(b) }

// print shows a captcha; its text only in the picture or sound.
func (m making) print(c *shell.Call, codes *codes, account string, expi int64) error {
	switch m.as {
	case "png":
		return m.draw(c)
	case "audio":
		if err := c.LongWork(); err != nil {
			return err
		}
		lang := strings.ToLower(firstOf(c.Opt("lang").Text(), string(c.Lang), "en"))
		_, err := captcha.NewAudio(domain.NewID(), drawn(m.code), lang[:min(2, len(lang))]).WriteTo(c.Out)
		return err
	}
	b := relaxed.AppendString([]byte(`{"scene":`), codes.scene)
	b = relaxed.AppendString(append(b, `,"account":`...), account)
	b = appendInt(b, `,"retry":`, int64(m.tries))
	b = appendInt(b, `,"maxRetry":`, int64(m.tries))
	b = appendInt(b, `,"expi":`, expi)
	return c.Reply(append(b, '}'))
}

// parseSize reads WIDTHxHEIGHT in pixels: 40 to 400 by 20 to 200.
func parseSize(text string) (w, h int, err error) {
	left, right, ok := strings.Cut(text, "x")
	w, errW := strconv.Atoi(left)
	h, errH := strconv.Atoi(right)
	if !ok || errW != nil || errH != nil || w < 40 || w > 400 || h < 20 || h > 200 {
		return 0, 0, domain.E("e.cmd.arg", domain.Text{ZH: "-size：宽x高，40x20 到 400x200", EN: "-size: WIDTHxHEIGHT, 40x20 to 400x200"})
	}
	return w, h, nil
}

// parseLife reads a number of minutes, or a duration as 90s; up to a day.
func parseLife(text string, def time.Duration) (time.Duration, error) {
	if text == "" {
		return def, nil
	}
	d, err := time.ParseDuration(text)
	if n, numErr := strconv.ParseFloat(text, 64); numErr == nil {
		d, err = time.Duration(n*float64(time.Minute)), nil
	}
	if err != nil || d <= 0 || d > 24*time.Hour {
		return 0, domain.E("e.cmd.arg", domain.Text{ZH: "-du：分钟数，或时长如 90s", EN: "-du: minutes, or a duration as 90s"})
	}
	return d, nil
}

func intOr(arg shell.Arg, def, least, most int, name string) (int, error) {
	if !arg.Given() {
		return def, nil
	}
	n, err := arg.Int()
	if err == nil && (n < least || n > most) {
		err = domain.E("e.cmd.arg", domain.Textf("%s：%d 到 %d", "%s: %d to %d", name, least, most))
	}
	return n, err
}
