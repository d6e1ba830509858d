package www

import (
	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// maySession is the permission to see and end others' sessions.
const maySession = "account.session"

// sessionVerb is `www session SITE USER`: list somebody's sessions and end them.
func (s *Service) sessionVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "session",
		Manual: manual("session"),
		Params: []shell.Param{siteParam(), {Name: "USER", Help: text("账户", "whose sessions")}},
		Options: answerOptions(
			shell.Option{Name: "revoke", Arity: shell.Required, Arg: "ID", Help: text("结束一个会话", "end one")},
			shell.Option{Name: "revoke-others", Arity: shell.Required, Arg: "TICKET", Help: text("结束其余会话", "end all but this ticket's")},
			shell.Option{Name: "revoke-all", Help: text("结束全部会话", "end all")},
		),
		Writes: true,
		Run:    s.sessions,
	}
}

func (s *Service) sessions(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	who, err := s.asked(c, site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	if !isMe(c, site, who) {
		if err := s.allowed(c, site, maySession); err != nil {
			return err
		}
	}
	switch {
	case c.Has("revoke"):
		err = s.revoke(c, site, who, c.Opt("revoke").Text())
	case c.Has("revoke-others"):
		_, err = s.endAll(c.Context(), p, who.ID, ticketID(c.Opt("revoke-others").Text()))
	case c.Has("revoke-all"):
		_, err = s.endAll(c.Context(), p, who.ID, "")
	}
	for _, way := range []string{"revoke", "revoke-others", "revoke-all"} {
		if c.Has(way) {
			s.audit(c, Event{Act: "session.end", Site: site, Whom: who, What: way, Err: err})
			break
		}
	}
	if err != nil {
		return err
	}
	return listSessions(c, site, who)
}

// revoke ends one session of a person, and of nobody else.
func (s *Service) revoke(c *shell.Call, site *Site, who *Person, id string) error {
	rec, err := site.set.Get(c.Context(), id)
	if err != nil || gjson.GetBytes(rec.Body, "uid").String() != who.ID {
		return domain.E("e.auth.ticked.noexist")
	}
	return s.end(c.Context(), site, id)
}

// listSessions prints a person's sessions at a site, newest first.
func listSessions(c *shell.Call, site *Site, who *Person) error {
	m, err := thingset.ParseMatch(string(jsonField("uid", who.ID)))
	if err != nil {
		return err
	}
	return replyPage(c, site.set, thingset.Query{Match: m, Sort: []thingset.Order{{Key: "ct", Desc: true}}}, false)
}
