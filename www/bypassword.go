package www

import (
	"context"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// byPassword proves somebody by name and password. Whatever is wrong, the work
// and the answer are the same.
func (s *Service) byPassword(c *shell.Call, p *people, site *Site) (proof, error) {
	ctx, name, passwd := c.Context(), c.Arg(1).Text(), c.Opt("p").Text()
	who, err := s.person(ctx, site, name)
	switch domain.CodeOf(err) {
	case "":
	case "e.auth.account.noexists":
		if c.Has("create") && c.Who == domain.Owner {
			who, err = s.createBy(ctx, site, name, passwd)
			s.auditNew(c, site, who, "web_passwd", name, err)
			return proof{who: who, by: "web_passwd"}, err
		}
		who = nil
	default:
		return proof{}, err
	}
	try := s.attempt(c, p, site, who, name)
	right, err := s.checkPassword(ctx, p, try, who, passwd)
	if err != nil {
		return proof{who: who}, err
	}
	if !right {
		s.auditLock(c, p, site, who, try)
		return proof{who: who}, domain.E("e.auth.login.invalid.passwd")
	}
	hash, err := s.rehash(ctx, site, who, passwd)
	return proof{who: who, by: "web_passwd", hash: hash}, err
}

// checkPassword reports whether a password is somebody's, within the limits on
// guessing: e.auth.login.locked. Nobody's password is never right and costs as
// much.
func (s *Service) checkPassword(ctx context.Context, p *people, try attempt, who *Person, passwd string) (bool, error) {
	if err := p.guesses.try(ctx, try.account, try.addr); err != nil {
		return false, err
	}
	stored := ""
	if who != nil {
		stored = who.get("passwd").String()
	}
	right, err := s.verify(ctx, p.d.Name(), stored, passwd)
	switch {
	case err != nil:
		return false, err
	case right:
		return true, p.guesses.succeeded(ctx, try.account, try.addr)
	}
	return false, p.guesses.failed(ctx, try.account, try.addr)
}

// guessedName is what failures are counted for: the account, or the name that
// was tried when nobody has it, so that both are locked alike, however a phone
// number or an address is spelled.
func guessedName(site *Site, who *Person, name string) string {
	if who != nil {
		return string(site.Accounts) + "\x00" + who.ID
	}
	return string(site.Accounts) + "\x00?" + captchaAccount(name)
}

// rehash hashes a right password anew when it is kept in another way than
// today's, else it is "".
func (s *Service) rehash(ctx context.Context, site *Site, who *Person, passwd string) (string, error) {
	if s.o.Hash.made(who.get("passwd").String()) {
		return "", nil
	}
	out, err := s.work(ctx, site.people.Domain(), HashWork{Cost: s.o.Hash, Passwd: passwd})
	return out.Hash, err
}
