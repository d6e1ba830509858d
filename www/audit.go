package www

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset/history"
)

// The audit: a line in the history `audit` for every sign-in, failure, lock, code
// sent, change of password or role, end of a session, and everything that the
// owner does to people. A line is
//
//	{id, ct, act, ok, err, who, whom, nm, to, site, from, what}
//
// who did it: an account's id, `owner`, or "" for a stranger; to whom: an account's id
// and the name it has then; to is a receiver, masked; from is the address; err is the
// error's code; what says more: how somebody signed in, which fields changed.
// What has no value is left out. A ticket, a code, a password and the name that
// a stranger tried and nobody has (it may be a password, typed into the wrong
// field) are never in it.

// Event is something that the audit keeps.
type Event struct {
	Act  string  // signin, lock, code, passwd, role, session.end, account.new, …
	Site *Site   // nil: of no site
	Who  string  // "": whom the request has signed in as, or the owner
	Whom *Person // nil: nobody known
	To   string  // a phone number or an e-mail address; it is masked
	What string  // no secret
	Err  error   // how it went: nil is well
}

// audit writes an event down. That this fails must not keep a person out: it is
// logged. It waits for no disk and for no receiver of copies.
func (s *Service) audit(c *shell.Call, e Event) {
	if e.Who == "" {
		e.Who = caller(c)
	}
	if _, err := history.Of(c.Domain).Add(history.Audit, e.record(remote(c)), 0); err != nil {
		s.o.Log.Error("an event could not be written down", "domain", c.Domain.Name(), "act", e.Act, "err", err)
	}
}

// auditFailure writes down what somebody tried in vain. What was refused because
// too many have failed before is not another failure: the lock has its line, and
// a flood must not fill the disk.
func (s *Service) auditFailure(c *shell.Call, e Event) {
	switch domain.CodeOf(e.Err) {
	case "e.auth.login.locked", "e.busy", "e.canceled":
		return
	}
	s.audit(c, e)
}

// auditLock writes down that a failure began a lock, or made it longer.
func (s *Service) auditLock(c *shell.Call, p *people, site *Site, who *Person, try attempt) {
	for _, what := range p.guesses.locks(try.account, try.addr) {
		s.audit(c, Event{Act: "lock", Site: site, Whom: who, What: what})
	}
}

// auditNew writes down that somebody's first sign-in made their account; how is
// that sign-in's by_tp, to the phone number or address that it was made for.
func (s *Service) auditNew(c *shell.Call, site *Site, who *Person, how, to string, err error) {
	e := Event{Act: "account.new", Site: site, Whom: who, To: to, What: how, Err: err}
	if who != nil && c.Who == domain.API {
		e.Who = who.ID
	}
	s.audit(c, e)
}

// auditFields writes down a change of an account: of its password and its roles by
// names of their own.
func (s *Service) auditFields(c *shell.Call, site *Site, who *Person, fields []byte, err error) {
	e := Event{Act: "account", Site: site, Whom: who, What: fieldNames(fields), Err: err}
	s.audit(c, e)
	doc := gjson.ParseBytes(fields)
	if doc.Get("passwd").Exists() {
		e.Act, e.What = "passwd", ""
		s.audit(c, e)
	}
	if doc.Get("role").Exists() || doc.Get("grp").Exists() {
		e.Act, e.What = "role", clip(doc.Get("role").String())
		s.audit(c, e)
	}
}

// fieldNames are the names of some fields, never their values.
func fieldNames(fields []byte) string {
	var names []string
	gjson.ParseBytes(fields).ForEach(func(key, _ gjson.Result) bool {
		names = append(names, clip(key.String()))
		return len(names) < 50
	})
	return strings.Join(names, ",")
}

// caller is who runs a verb.
func caller(c *shell.Call) string {
	if id := me(c); id != nil {
		return id.UID
	}
	if c.Who == domain.Owner {
		return byOwner
	}
	return ""
}

// record is an event as a line holds it.
func (e Event) record(from string) []byte {
	b := relaxed.AppendString([]byte(`{"act":`), e.Act)
	b = strconv.AppendBool(append(b, `,"ok":`...), e.Err == nil)
	put := func(key, value string) {
		if value != "" {
			b = append(append(append(b, `,"`...), key...), `":`...)
			b = relaxed.AppendString(b, value)
		}
	}
	if e.Err != nil {
		put("err", domain.CodeOf(e.Err))
	}
	put("who", e.Who)
	if e.Whom != nil {
		put("whom", e.Whom.ID)
		put("nm", e.Whom.name())
	}
	put("to", masked(e.To))
	if e.Site != nil {
		put("site", e.Site.ID)
	}
	put("from", from)
	put("what", e.What)
	return append(b, '}')
}

// masked keeps enough of a receiver to be recognised by who knows it: 139****0001,
// b***@example.com.
func masked(to string) string {
	key, text, ok := phoneOrEmail(to)
	switch n := len(text); {
	case !ok:
		return ""
	case key == "email":
		at := 0
		for i := range text {
			if text[i] == '@' {
				at = i
			}
		}
		return text[:1] + "***" + text[at:]
	case n >= 9:
		return text[:3] + "****" + text[n-4:]
	default:
		return "****" + text[n-2:]
	}
}
