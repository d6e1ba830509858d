package www

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// byParent marks sessions that are children of another.
const byParent = "session"

// maySu is the permission to open a session for another person.
const maySu = "account.su"

// parent is the session that a child goes back to.
type parent struct {
	id     string // ticketID
	site   string
	sealed string // its ticket, which only the child's ticket opens
}

// fromTicket is `www auth … -ticket T`: with a code it binds a phone number, an
// address or a WeChat person to the ticket's person, without it opens a child session.
func (s *Service) fromTicket(c *shell.Call, p *people, site *Site) error {
	se, err := s.session(c.Context(), site, c.Opt("ticket").Text())
	if err != nil {
		return err
	}
	if c.Has("wxcode") || c.Has("v") {
		if err := se.mayProve(); err != nil {
			s.auditFailure(c, Event{Act: "bind", Site: site, Who: se.actor, Whom: se.Person, Err: err})
			return err
		}
	}
	act, what, open := "session.child", "", s.child
	switch {
	case c.Has("wxcode"):
		act, what, open = "bind", "weixin", s.bindWeixin
	case c.Has("v"):
		act, open = "bind", s.bind
	}
	next, err := open(c, p, site, se)
	e := Event{Act: act, Site: site, Who: se.Person.ID, Whom: se.Person, What: what, Err: err}
	if act == "bind" && what == "" {
		e.To = c.Arg(1).Text()
	}
	if next != nil {
		e.Whom = next.Person
	}
	s.auditFailure(c, e)
	if err != nil {
		return err
	}
	return s.replySession(c, next)
}

// child opens a session that ends with its parent at the latest, and whose logout
// goes back to it: for the same person, or another one with the right
// account.su. Children have no children.
func (s *Service) child(c *shell.Call, p *people, site *Site, up *Session) (*Session, error) {
	if up.parent != nil {
		return nil, domain.E("e.auth.nopvg", domain.Text{ZH: "子会话不能再有子会话", EN: "a child session has no children"})
	}
	who, err := s.childOf(c, site, up)
	if err != nil {
		return nil, err
	}
	se := &Session{Ticket: newTicket(), By: byParent, ByVal: up.ID, Person: who, end: up.end}
	se.ID = ticketID(se.Ticket)
	se.parent = &parent{id: up.ID, site: site.ID, sealed: seal(se.Ticket, up.Ticket)}
	_, err = p.db.Commit(c.Context(), s.beginning(site, se))
	return se, err
}

// mayProve refuses what gives a person another way to prove who they are, in a
// session in which somebody else acts as them: passwords, phone numbers, addresses
// and WeChat are a person's own to set, and so are the devices that they keep. Else
// the right to look on would be one for good.
func (se *Session) mayProve() error {
	if se.actor == "" {
		return nil
	}
	return actsAsAnother()
}

func actsAsAnother() error {
	return domain.E("e.auth.nopvg", domain.Text{ZH: "以他人身份操作时不能设置登录凭证", EN: "who acts as somebody else sets nothing by which one signs in"})
}

// childOf is whom the child stands for.
func (s *Service) childOf(c *shell.Call, site *Site, up *Session) (*Person, error) {
	name := c.Arg(1).Text()
	who, err := s.person(c.Context(), site, name)
	if err == nil && who.ID == up.Person.ID || name == "" {
		return up.Person, nil
	}
	if c.Who != domain.Owner {
		id, e := s.Identify(c.Context(), c.Domain, domain.Ref{ID: site.ID}, up.Ticket)
		if e != nil {
			return nil, e
		}
		if ok, e := s.Can(c.Context(), c.Domain, id, []string{maySu}, false); e != nil || !ok {
			return nil, domain.E("e.auth.nopvg", maySu)
		}
		if err == nil {
			err = s.mayActAs(c.Context(), s.in(c.Domain), site, id.Role, who)
		}
	}
	return who, err
}

// parentOf is the live parent of a session, nil when it has none.
func (s *Service) parentOf(c *shell.Call, site *Site, se *Session) *Session {
	if se.parent == nil {
		return nil
	}
	ticket, ok := unseal(se.Ticket, se.parent.sealed)
	if !ok {
		return nil
	}
	up, err := s.session(c.Context(), site, ticket)
	if err != nil {
		return nil
	}
	return up
}

// replace puts a new session in the place of one, with a new ticket, in one commit: the
// old one is dead. One that has ended meanwhile has no successor:
// e.auth.ticked.noexist.
func (s *Service) replace(ctx context.Context, p *people, site *Site, old *Session, who *Person) (*Session, error) {
	se, err := successor(old, who)
	if err != nil {
		return nil, err
	}
	for range maxTries {
		rec, err := site.set.Get(ctx, old.ID)
		if err != nil {
			return nil, gone(err)
		}
		end := thingset.Write{Set: string(site.sessions), ID: old.ID, If: rec.Rev}
		_, err = p.db.Commit(ctx, s.beginning(site, se), end)
		if domain.CodeOf(err) != "e.thing.rev" { // else it was extended, or ended
			return se, err
		}
	}
	return nil, domain.E("e.busy", domain.Text{ZH: "同一会话的并发请求过多", EN: "too many at once for one session"})
}

// successor is a session that is to come after one, with a new ticket, not yet written.
func successor(old *Session, who *Person) (*Session, error) {
	se := &Session{Ticket: newTicket(), By: old.By, ByVal: old.ByVal, Person: who, end: old.end}
	se.ID = ticketID(se.Ticket)
	if old.parent != nil {
		ticket, ok := unseal(old.Ticket, old.parent.sealed)
		if !ok {
			return nil, domain.E("e.auth.ticked.noexist")
		}
		se.parent = &parent{old.parent.id, old.parent.site, seal(se.Ticket, ticket)}
	}
	return se, nil
}

// seal hides a parent's ticket from whoever reads the record: the key comes
// from the child's ticket, which is kept nowhere. A ticket seals once, so that the
// nonce may be fixed.
func seal(ticket, text string) string {
	return base64.RawURLEncoding.EncodeToString(sealer(ticket).Seal(nil, make([]byte, 12), []byte(text), nil))
}

func unseal(ticket, sealed string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", false
	}
	text, err := sealer(ticket).Open(nil, make([]byte, 12), raw, nil)
	return string(text), err == nil
}

func sealer(ticket string) cipher.AEAD {
	mac := hmac.New(sha256.New, []byte(ticket))
	mac.Write([]byte("carya parent ticket"))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // a key of 32 bytes is one
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // of AES it is
	}
	return aead
}
