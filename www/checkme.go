package www

import (
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// checkmeVerb is `www checkme SITE TICKET`: who a ticket stands for.
func (s *Service) checkmeVerb() *shell.Command {
	return &shell.Command{
		Name:   "checkme",
		Manual: manual("checkme"),
		Params: []shell.Param{siteParam(), {Name: "TICKET", Help: domain.Text{ZH: "会话票据", EN: "a session's ticket"}}},
		Options: answerOptions(shell.Option{
			Name: "u", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON",
			Help: domain.Text{ZH: "修改本人的字段；无值时从管道读取", EN: "change one's own fields; without a value they are read from the pipe"},
		}),
		Reads:  true,
		Writes: true,
		Run:    s.checkme,
	}
}

// buffers are reused between answers.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (s *Service) checkme(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	se, err := s.session(c.Context(), site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	if c.Has("u") {
		if err := s.changeMe(c, p, site, se); err != nil {
			return err
		}
	}
	return s.replySession(c, se)
}

// changeMe changes the person's own fields, all or none.
func (s *Service) changeMe(c *shell.Call, p *people, site *Site, se *Session) error {
	fields, err := given(c, "u")
	if err != nil {
		return err
	}
	if fields, err = withoutParams(c, site, se.Ticket, fields); err != nil {
		return err
	}
	if fields, err = ownFields(site, fields); err != nil {
		s.tellSetme(c.Domain, site, err)
		return err
	}
	who, err := s.change(c.Context(), p, site, se.Person, fields, se.ID)
	s.audit(c, Event{Act: "account", Site: site, Who: se.Person.ID, Whom: se.Person, What: fieldNames(fields), Err: err})
	if err == nil {
		se.Person = who
	}
	return err
}

// replySession answers with a session and its person's own view.
func (s *Service) replySession(c *shell.Call, se *Session) error {
	box := buffers.Get().(*[]byte)
	defer buffers.Put(box)
	*box = se.appendJSON((*box)[:0], se.Person.own())
	return c.Reply(*box)
}
