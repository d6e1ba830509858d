package www

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// bind gives a session's person a phone number or an e-mail address that its
// code has proven, and the session a new ticket: e.auth.account.taken when it
// is somebody else's. That is told only to whoever holds the phone.
func (s *Service) bind(c *shell.Call, p *people, site *Site, se *Session) (*Session, error) {
	ctx := c.Context()
	key, account, ok := phoneOrEmail(c.Arg(1).Text())
	if !ok {
		return nil, domain.E("e.auth.login.NoPhoneOrEmail")
	}
	scene, err := answeredScene(c, site, c.Opt("scene"), "auth")
	if err != nil {
		return nil, err
	}
	codes, err := s.codes(ctx, p, site, scene)
	if err != nil {
		return nil, err
	}
	if err := s.checkCode(c, p, codes, account, c.Opt("v").Text()); err != nil {
		return nil, err
	}
	taken := domain.E("e.auth.account.taken")
	switch who, err := found(site.people.Find(ctx, []string{key}, account)); {
	case err == nil && who.ID != se.Person.ID:
		return nil, taken
	case err != nil && domain.CodeOf(err) != "e.auth.account.noexists":
		return nil, err
	}
	rec, err := site.people.Update(ctx, se.Person.ID, jsonField(key, account))
	s.audit(c, Event{Act: "account", Site: site, Who: se.Person.ID, Whom: se.Person, To: account, What: key, Err: err})
	switch domain.CodeOf(err) {
	case "":
	case "e.thing.ukey.duplicated":
		return nil, taken
	default:
		return nil, gone(err)
	}
	return s.replace(c.Context(), p, site, se, personOf(rec))
}
