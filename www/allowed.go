package www

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// me is the person that a request has signed in as; nil for nobody, and for the
// owner, who needs no ticket.
func me(c *shell.Call) *domain.Identity {
	if c.Request == nil || c.Request.Identity == nil {
		return nil
	}
	id, err := c.Request.Identity()
	if err != nil {
		return nil // an unknown ticket is nobody
	}
	return id
}

// isMe reports whether a request has signed in as that person of a site.
func isMe(c *shell.Call, site *Site, who *Person) bool {
	id := me(c)
	return id != nil && id.UID == who.ID && id.SiteID == site.ID
}

// allowed asks whether the caller may do an action at a site: the owner may do
// all, a request what the roles of its person allow: e.auth.nopvg.
func (s *Service) allowed(c *shell.Call, site *Site, action string) error {
	if c.Who == domain.Owner {
		return nil
	}
	id := me(c)
	if id == nil || id.SiteID != site.ID {
		return domain.E("e.auth.nopvg", action)
	}
	if id.Actor != "" && action == mayPasswd {
		return actsAsAnother()
	}
	ok, err := s.Can(c.Context(), c.Domain, id, []string{action}, false)
	if err == nil && !ok {
		err = domain.E("e.auth.nopvg", action)
	}
	return err
}

// asked finds an account that the caller names. Phone numbers and e-mail addresses
// are private: a stranger who asks by one does not learn whose it is, nor
// whether it is anybody's.
func (s *Service) asked(c *shell.Call, site *Site, who string) (*Person, error) {
	p, err := s.person(c.Context(), site, who)
	if err != nil || s.mayAskFor(c, site, p, who) {
		return p, err
	}
	return nil, domain.E("e.auth.account.noexists")
}

func (s *Service) mayAskFor(c *shell.Call, site *Site, p *Person, who string) bool {
	who = strings.TrimPrefix(strings.TrimSpace(who), "id:")
	return who == p.ID || slices.Contains([]string{who, normalName(who)}, p.get("nm").String()) || isMe(c, site, p) || s.allowed(c, site, mayList) == nil
}

// mayWrite asks whether the caller may write those fields of an account, and makes them
// fit to be kept: roles
// and passwords need rights of their own, so that who may edit accounts cannot
// raise themselves; what begins with __ or th_ is the server's.
//
// who is nil for a new account. Of one that is there a phone number, an address or a
// WeChat person is as good as its password: by them its person signs in.
func (s *Service) mayWrite(c *shell.Call, site *Site, who *Person, fields []byte) (out []byte, err error) {
	if c.Who == domain.Owner {
		return fields, nil
	}
	gjson.ParseBytes(fields).ForEach(func(key, value gjson.Result) bool {
		switch name := strings.ToLower(key.String()); {
		case name == "role" || name == "grp":
			err = s.allowed(c, site, mayRole)
		case name == "passwd" && IsHash(value.String()):
			err = domain.E("e.auth.passwd.new.invalid", domain.Text{ZH: "只有主人可以直接给出散列", EN: "a hash is the owner's to give"})
		case name == "passwd", who != nil && isSignIn(name):
			if err = s.allowed(c, site, mayPasswd); err == nil && who != nil {
				err = s.mayBe(c, site, who)
			}
		case name == "salt" || name == "ticket" || strings.HasPrefix(name, "__") || strings.HasPrefix(name, "th_"):
			err = domain.E("e.auth.account.field", clip(key.String())).With(clip(key.String()))
		}
		if err == nil {
			err = s.mayGuarded(c, site, key.String())
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return profile(fields)
}

// mayGuarded asks for the permission by which thing.json guards a field.
func (s *Service) mayGuarded(c *shell.Call, site *Site, name string) error {
	switch guard := site.people.Schema().Guard(name); guard {
	case "":
		return nil
	case thingset.GuardOwner:
		return domain.E("e.auth.account.field", clip(name)).With(clip(name))
	default:
		return s.allowed(c, site, guard)
	}
}

// isSignIn tells the members by which a person signs in beside the password.
func isSignIn(name string) bool {
	return name == "phone" || name == "email" || strings.HasPrefix(name, "wx_") || strings.HasPrefix(name, "oauth_")
}

// mayBe asks whether the caller may do what lets them act as somebody.
func (s *Service) mayBe(c *shell.Call, site *Site, who *Person) error {
	if c.Who == domain.Owner || isMe(c, site, who) {
		return nil
	}
	roles := ""
	if id := me(c); id != nil && id.SiteID == site.ID {
		roles = id.Role
	}
	return s.mayActAs(c.Context(), s.in(c.Domain), site, roles, who)
}

// mayActAs refuses who has those roles to open a session for somebody, and to change by
// what they sign in, when that one has a right over accounts and roles that those
// roles have not: e.auth.nopvg. Else the lesser right would be the greater one.
func (s *Service) mayActAs(ctx context.Context, p *people, site *Site, roles string, who *Person) error {
	for _, right := range []string{mayRole, mayPasswd, maySu} {
		theirs, err := s.mayAll(ctx, p, site, rolesOf(who.body), []string{right}, false)
		if err != nil {
			return err
		}
		mine, err := s.mayAll(ctx, p, site, roles, []string{right}, false)
		if err != nil {
			return err
		}
		if theirs && !mine {
			return domain.E("e.auth.nopvg", right)
		}
	}
	return nil
}
