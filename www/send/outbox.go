package send

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/caryahq/carya/domain"
)

// outboxDir is where the outbox keeps its files, which only the server's user can
// read.
const outboxDir = domain.Path(".domain/outbox")

// outbox writes messages to files, so that everything works on a bare machine:
// <delivery id>.eml for mail, <delivery id>.json for text messages.
type outbox struct {
	d    *domain.Domain
	from string
	now  func() time.Time
}

func newOutbox(c *Config, o Options) (Sender, error) {
	return &outbox{c.d, c.Text("from", "carya@localhost"), o.Now}, nil
}

func (b *outbox) Send(_ context.Context, m *Message) error {
	data, err := b.file(m)
	if err != nil {
		return Permanent(err)
	}
	path, err := outboxFile(m.ID, m.Channel)
	if err != nil {
		return Permanent(err)
	}
	return b.d.Tree(domain.Owner).WriteFile(path, data)
}

// outboxFile is where a message is.
func outboxFile(id string, ch Channel) (domain.Path, error) {
	if ch == Mail {
		return outboxDir.Join(id + ".eml")
	}
	return outboxDir.Join(id + ".json")
}

func (b *outbox) file(m *Message) (data []byte, err error) {
	if m.Channel == Mail {
		msg, err := newMail(b.from, m, b.now())
		if err != nil {
			return nil, err
		}
		var buf bytes.Buffer
		_, err = msg.WriteTo(&buf)
		return buf.Bytes(), err
	}
	data, err = json.Marshal(struct {
		ID    string `json:"id"`
		To    string `json:"to"`
		Scene string `json:"scene"`
		Lang  string `json:"lang"`
		Text  string `json:"text"`
		CT    int64  `json:"ct"`
	}{m.ID, m.To, m.Scene, m.Lang, m.Text, b.now().UnixMilli()})
	return append(data, '\n'), err
}

// newMail makes a mail of a message. Addresses are parsed and headers encoded by
// the library: no value can begin a header of its own.
func newMail(from string, m *Message, at time.Time) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(from); err != nil {
		return nil, domain.Wrap(err, "e.send.config", domain.Text{ZH: "senders.mail.from：不是邮箱地址", EN: "senders.mail.from: not an address"})
	}
	if err := msg.To(m.To); err != nil {
		return nil, domain.Wrap(err, "e.send.refused", domain.Text{ZH: "不是邮箱地址", EN: "not an address"})
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, domain.Wrap(err, "e.send.refused", domain.Text{ZH: "不是可回复的邮箱地址", EN: "not an address to reply to"})
		}
	}
	msg.SetDateWithValue(at)
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine answers
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	return msg, nil
}
