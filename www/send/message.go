package send

import (
	"context"
	"errors"
	"time"
)

// Channel is a way to a person.
type Channel string

// The channels.
const (
	SMS  Channel = "sms"
	Mail Channel = "mail"
)

// Message is one message to one receiver.
type Message struct {
	ID       string // of the delivery; Post gives it
	Channel  Channel
	To       string            // a phone number (E.164, with +) or an e-mail address
	Site     string            // the site's id, for the record
	Scene    string            // what it is about: auth, resetpasswd, …
	Template string            // the template's name; "" is the scene
	Lang     string            // zh-cn, en, …; "" is the domain's
	Values   map[string]string // what the template may name: code, minutes, …
	Until    time.Time         // not to be tried again after; zero is a minute

	Subject string // filled by Post, one line; of mail only
	Text    string // filled by Post of the template, unless it is given
	ReplyTo string // who gets the answers to a mail; "" is the sender
}

// Sender hands one message to whoever carries it on. It tries once: Post tries
// again, unless the error is Permanent. It is used from many goroutines. Its
// errors hold neither secrets nor the message's text.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// permanent marks an error that another try would not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent says that trying again is of no use: a refused receiver, a wrong key.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent reports whether trying again is of no use.
func IsPermanent(err error) bool { return errors.As(err, new(permanent)) }
