package www

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// logoutVerb is `www logout SITE TICKET`: end a session.
func (s *Service) logoutVerb() *shell.Command {
	return &shell.Command{
		Name:    "logout",
		Manual:  manual("logout"),
		Params:  []shell.Param{siteParam(), {Name: "TICKET", Help: domain.Text{ZH: "会话票据", EN: "a session's ticket"}}},
		Options: answerOptions(),
		Writes:  true,
		Run:     s.logout,
	}
}

func (s *Service) logout(c *shell.Call) error {
	_, site, err := s.at(c)
	if err != nil {
		return err
	}
	se, err := s.session(c.Context(), site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	up := s.parentOf(c, site, se)
	err = s.end(c.Context(), site, se.ID)
	s.audit(c, Event{Act: "session.end", Site: site, Who: se.Person.ID, Whom: se.Person, What: "logout", Err: err})
	if err != nil {
		return err
	}
	if up != nil {
		return s.replySession(c, up)
	}
	return c.Reply([]byte("null"))
}
