package www

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// mayOutbox is the permission to see what was sent to whom.
const mayOutbox = "message.list"

// outboxVerb is `www outbox SITE [ID]`: what was sent to whom.
func (s *Service) outboxVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "outbox",
		Manual: manual("outbox"),
		Params: []shell.Param{siteParam(), {Name: "ID", Optional: true, Help: text("一次发送的 id", "the id of one delivery")}},
		Options: answerOptions(
			shell.Option{Name: "list", Help: text("输出列表（默认）", "print a list (the default)")},
			shell.Option{Name: "pager", Help: text("列表带翻页信息 {list,pager}", "the list with its pager, {list,pager}")},
			shell.Option{Name: "limit", Arity: shell.Required, Type: shell.Int, Arg: "N", Help: text("最多条数，默认 50", "how many at most, 50 by default")},
			shell.Option{Name: "skip", Arity: shell.Required, Type: shell.Int, Arg: "N", Help: text("跳过条数", "how many to pass over")},
			shell.Option{Name: "to", Arity: shell.Required, Arg: "ADDR", Help: text("只看这个手机号或邮箱", "only those to this phone number or e-mail address")},
			shell.Option{Name: "state", Arity: shell.Required, Arg: "STATE", Help: text("只看这个状态：sending、sent、failed", "only those in this state: sending, sent, failed")},
		),
		Run: s.outbox,
	}
}

func (s *Service) outbox(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	if err := s.allowed(c, site, mayOutbox); err != nil {
		return err
	}
	p.post.Tidy()
	set, err := p.post.Deliveries(c.Context())
	if err != nil {
		return err
	}
	if c.Arg(1).Given() {
		return s.oneDelivery(c, site, set)
	}
	q, err := listQuery(c, nil)
	if err != nil {
		return err
	}
	if q.Match, err = deliveryMatch(c, site); err != nil {
		return err
	}
	q.Sort = []thingset.Order{{Key: "ct", Desc: true}}
	return replyPage(c, set, q, c.Has("pager"))
}

func (s *Service) oneDelivery(c *shell.Call, site *Site, set *thingset.Set) error {
	rec, err := set.Get(c.Context(), c.Arg(1).Text())
	if err != nil || gjson.GetBytes(rec.Body, "site").String() != site.ID {
		return domain.E("e.thing.noexists")
	}
	return c.Reply(ownView(nil, rec.Body))
}

// deliveryMatch is what -to and -state ask for, at one site.
func deliveryMatch(c *shell.Call, site *Site) (*thingset.Matcher, error) {
	b := relaxed.AppendString([]byte(`{"site":`), site.ID)
	if c.Has("to") {
		key, to, ok := phoneOrEmail(c.Opt("to").Text())
		if !ok {
			return nil, domain.E("e.auth.login.NoPhoneOrEmail")
		}
		if key == "phone" {
			to = international(to)
		}
		b = appendEq(b, "to", to)
	}
	if c.Has("state") {
		if !slices.Contains([]string{"sending", "sent", "failed"}, c.Opt("state").Text()) {
			return nil, domain.E("e.cmd.arg", domain.Text{ZH: "-state：sending、sent 或 failed", EN: "-state: sending, sent or failed"})
		}
		b = appendEq(b, "state", c.Opt("state").Text())
	}
	return thingset.ParseMatch(string(append(b, '}')))
}

// appendEq appends a member of a match: one value of a list.
func appendEq(b []byte, key, text string) []byte {
	b = relaxed.AppendString(append(b, ','), key)
	return append(relaxed.AppendString(append(b, ":["...), text), ']')
}
