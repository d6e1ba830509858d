package www

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// Session is a person who has signed in to a site. It is kept as a record of
// ~/.domain/session/<site id>/, named by ticketID.
type Session struct {
	ID     string // ticketID
	Ticket string // what the caller gave, or what was just made; never stored
	By     string // "web_passwd", "web_vcode", …
	ByVal  string // what they signed in with: the account's name, phone or e-mail
	Expi   int64  // Unix ms
	Device string // device tokens, of a sign-in; "" otherwise
	Person *Person

	end    int64   // Unix ms: whatever happens, it ends then; 0: the site says
	parent *parent // nil of a session that is nobody's child
	actor  string  // the account that acts as Person, "" when it acts for itself
}

// sessionDef is how sessions are kept: found by ticket and by person.
func sessionDef() thingset.Def {
	return thingset.Def{Plain: true, Indexes: []string{"uid"}}
}

// extendAfter is how old the last extension of a session is before it is
// extended again: a request must not cost a write.
func extendAfter(idle time.Duration) time.Duration { return min(time.Minute, idle/10) }

// begin makes a session for a person: with a new ticket, not yet written.
func (s *Service) begin(site *Site, who *Person, by, byVal string) (*Session, thingset.Write) {
	se := &Session{Ticket: newTicket(), By: by, ByVal: byVal, Person: who}
	se.ID = ticketID(se.Ticket)
	return se, s.beginning(site, se)
}

// beginning is how a new session is written.
func (s *Service) beginning(site *Site, se *Session) thingset.Write {
	now := s.nowMS()
	if se.end == 0 {
		se.end = now + site.Lifetime.Milliseconds()
	}
	se.Expi = min(se.end, now+site.Idle.Milliseconds())
	return thingset.Write{Set: string(site.sessions), ID: se.ID, Body: se.record(site, now, se.end), If: thingset.Absent}
}

// record is a session as it is stored.
func (se *Session) record(site *Site, now, end int64) []byte {
	b := make([]byte, 0, 400)
	b = append(b, `{"id":`...)
	b = relaxed.AppendString(b, se.ID)
	b = append(b, `,"site":`...)
	b = relaxed.AppendString(b, site.ID)
	b = append(b, `,"uid":`...)
	b = relaxed.AppendString(b, se.Person.ID)
	b = append(b, `,"unm":`...)
	b = relaxed.AppendString(b, se.Person.name())
	b = append(b, `,"by_tp":`...)
	b = relaxed.AppendString(b, se.By)
	b = append(b, `,"by_val":`...)
	b = relaxed.AppendString(b, se.ByVal)
	b = appendInt(b, `,"ct":`, now)
	b = appendInt(b, `,"lm":`, now)
	b = appendInt(b, `,"end":`, end)
	if se.parent != nil {
		b = relaxed.AppendString(append(b, `,"par":`...), se.parent.id)
		b = relaxed.AppendString(append(b, `,"psite":`...), se.parent.site)
		b = relaxed.AppendString(append(b, `,"__pt":`...), se.parent.sealed)
	}
	if epoch := se.Person.epoch(); epoch != "" {
		b = relaxed.AppendString(append(b, `,"ep":`...), epoch)
	}
	b = appendInt(b, `,"expi":`, se.Expi)
	return append(b, '}')
}

func appendInt(dst []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(dst, key...), n, 10)
}

// session is the live session of a ticket at a site: e.www.api.auth.nologin
// without a ticket, e.auth.ticked.noexist for one that is unknown, expired,
// revoked, of another site, or whose person is gone.
func (s *Service) session(ctx context.Context, site *Site, ticket string) (*Session, error) {
	if noTicket(ticket) {
		return nil, domain.E("e.www.api.auth.nologin")
	}
	if len(ticket) > maxTicket {
		return nil, domain.E("e.auth.ticked.noexist")
	}
	return s.sessionOf(ctx, site, ticketID(ticket), ticket, true)
}

// sessionOf is a live session by its id, which using it keeps from ending by idleness. A
// child lives no longer than its parent; using it uses the parent.
func (s *Service) sessionOf(ctx context.Context, site *Site, id, ticket string, use bool) (*Session, error) {
	rec, err := site.set.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	head := s.heads.of(rec, readHead)
	account, err := site.people.Get(ctx, head.uid)
	if err != nil {
		return nil, gone(err)
	}
	who := s.known.of(account, readyPerson)
	if who.ready.epoch != head.epoch {
		return nil, domain.E("e.auth.ticked.noexist")
	}
	se := &Session{ID: id, Ticket: ticket, By: head.by, ByVal: head.byVal, Expi: head.expi, Person: who, end: head.end, parent: head.parent}
	if head.parent != nil {
		up, err := s.sessionOf(ctx, site, head.parent.id, "", use)
		if err != nil {
			return nil, err
		}
		if up.Person.ID != who.ID {
			se.actor = up.Person.ID
		}
	}
	if !use {
		return se, nil
	}
	return se, s.extend(ctx, site, se, head, rec)
}

// sessionHead is what a session's record says, read once for each version.
type sessionHead struct {
	uid, by, byVal, epoch string
	expi, lm, end         int64
	parent                *parent // nil of a session that is nobody's child
}

func readHead(r thingset.Record) *sessionHead {
	doc := gjson.ParseBytes(r.Body)
	head := &sessionHead{
		uid: doc.Get("uid").String(), by: doc.Get("by_tp").String(), byVal: doc.Get("by_val").String(),
		epoch: doc.Get("ep").String(), expi: doc.Get("expi").Int(), lm: doc.Get("lm").Int(), end: doc.Get("end").Int(),
	}
	if id := doc.Get("par").String(); id != "" {
		head.parent = &parent{id, doc.Get("psite").String(), doc.Get("__pt").String()}
	}
	return head
}

// gone turns absence into the code that a caller of the API gets.
func gone(err error) error {
	if domain.CodeOf(err) == "e.thing.noexists" {
		return domain.E("e.auth.ticked.noexist")
	}
	return err
}

// extend keeps a session that is used from ending by idleness; it writes at
// most once in extendAfter. Of many requests at once one writes.
func (s *Service) extend(ctx context.Context, site *Site, se *Session, head *sessionHead, rec thingset.Record) error {
	now := s.nowMS()
	if now-head.lm < extendAfter(site.Idle).Milliseconds() {
		return nil
	}
	expi := min(head.end, now+site.Idle.Milliseconds())
	body, err := sjson.SetBytes(rec.Body, "lm", now)
	if err == nil {
		body, err = sjson.SetBytes(body, "expi", expi)
	}
	if err != nil {
		return err
	}
	_, err = site.set.Put(ctx, se.ID, body, rec.Rev)
	switch domain.CodeOf(err) {
	case "":
		se.Expi = expi
	case "e.thing.rev": // another request extended it, or it just ended
		err = nil
	}
	return err
}

// renew takes a session into its person's present epoch.
func (s *Service) renew(ctx context.Context, site *Site, id, epoch string) error {
	_, err := site.set.Modify(ctx, id, func(body []byte) ([]byte, error) {
		return sjson.SetBytes(body, "ep", epoch)
	})
	return gone(err)
}

// end ends a session.
func (s *Service) end(ctx context.Context, site *Site, id string) error {
	return gone(site.set.Delete(ctx, id, true))
}

// endAll ends a person's sessions of every site of the domain but the one
// named; keep "" ends all.
func (s *Service) endAll(ctx context.Context, p *people, uid, keep string) (int, error) {
	sets, err := s.sessionSets(ctx, p)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, set := range sets {
		ids, err := sessionsOf(ctx, set, uid)
		if err != nil {
			return n, err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == keep })
		if err := set.DeleteAll(ctx, ids, true, thingset.Batch{Pass: true}); err != nil {
			return n, err
		}
		n += len(ids)
	}
	return n, nil
}

// sessionSets opens the sessions of every site of the domain.
func (s *Service) sessionSets(ctx context.Context, p *people) ([]*thingset.Set, error) {
	list, err := p.d.Tree(domain.Owner).List(".domain/session")
	if err != nil {
		if domain.CodeOf(err) == "e.io.obj.noexists" {
			list = nil
		} else {
			return nil, err
		}
	}
	byPath := map[domain.Path]*thingset.Set{}
	p.sites.Range(func(_, site any) bool {
		byPath[site.(*Site).sessions] = site.(*Site).set
		return true
	})
	for _, obj := range list {
		if obj.Race != domain.DIR || byPath[obj.Path] != nil {
			continue
		}
		set, err := p.db.Plain(ctx, obj.Path, sessionDef())
		if err != nil {
			return nil, err
		}
		byPath[obj.Path] = set
	}
	sets := make([]*thingset.Set, 0, len(byPath))
	for _, set := range byPath {
		sets = append(sets, set)
	}
	return sets, nil
}

// sessionsOf are the ids of people's sessions.
func sessionsOf(ctx context.Context, set *thingset.Set, uids ...string) (ids []string, err error) {
	for _, uid := range uids {
		m, err := thingset.ParseMatch(`{"uid":` + string(relaxed.AppendString(nil, uid)) + `}`)
		if err != nil {
			return nil, err
		}
		for rec, err := range set.Each(ctx, thingset.Query{Match: m}) {
			if err != nil {
				return nil, err
			}
			ids = append(ids, rec.ID)
		}
	}
	return ids, nil
}

// appendJSON is a session as callers see it, with the person's own view.
func (se *Session) appendJSON(dst, me []byte) []byte {
	dst = append(dst, `{"id":"`...)
	dst = append(dst, se.ID...) // hex
	dst = append(dst, `","ticket":`...)
	dst = relaxed.AppendString(dst, se.Ticket)
	dst = append(dst, `,"uid":`...)
	dst = relaxed.AppendString(dst, se.Person.ID)
	dst = append(dst, `,"unm":`...)
	dst = relaxed.AppendString(dst, se.Person.name())
	dst = append(dst, `,"grp":`...)
	dst = append(dst, se.Person.group()...)
	dst = append(dst, `,"by_tp":`...)
	dst = relaxed.AppendString(dst, se.By)
	dst = append(dst, `,"by_val":`...)
	dst = relaxed.AppendString(dst, se.ByVal)
	dst = appendInt(dst, `,"expi":`, se.Expi)
	if se.Device != "" {
		dst = relaxed.AppendString(append(dst, `,"device":`...), se.Device)
	}
	dst = append(dst, `,"me":`...)
	return append(append(dst, me...), '}')
}

func appendRaw(dst []byte, v gjson.Result) []byte {
	if !v.Exists() {
		return append(dst, "null"...)
	}
	return append(dst, v.Raw...)
}
