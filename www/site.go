package www

import (
	"context"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// DefaultSite is the site that counts when none is named.
const DefaultSite = domain.Path("www")

// Lifetimes of sessions, unless the site's metadata says otherwise: a session
// ends when it was idle for se_idle_du seconds, and se_dft_du seconds after it
// began in any case.
const (
	defaultIdle     = 2 * time.Hour
	defaultLifetime = 24 * time.Hour
)

// Site is a folder that is one (domain.NoSite): the object that people sign in to.
// Its metadata names the rest: accounts, roles (paths of ThingSets), pvg (the path of
// the matrix), role_default,
// se_idle_du, se_dft_du (seconds), login_captcha, vcode_captcha.
type Site struct {
	ID       string
	Path     domain.Path
	Accounts domain.Path
	Roles    domain.Path
	Matrix   domain.Path // the file that says what roles may do
	Role     string      // of a new account; "" gives none
	Idle     time.Duration
	Lifetime time.Duration
	Setme    []string // the fields that people may write of themselves
	Captcha  string   // a scene whose captcha every sign-in by password needs
	OpenSend bool     // codes are sent to whoever asks, without a captcha (vcode_captcha: "none")

	obj      *domain.Object // what it was read from
	sessions domain.Path
	set      *thingset.Set // sessions, opened
	people   *thingset.Set // accounts, opened
	grants   *grants
}

// site finds a site by path or id: e.www.site.noexists when there is none,
// e.www.order.nil.accounts when it has no accounts.
func (s *Service) site(ctx context.Context, p *people, ref domain.Ref) (*Site, error) {
	obj, err := p.d.Tree(domain.Owner).Object(ref)
	if err != nil {
		return nil, domain.E("e.www.site.noexists")
	}
	if known, ok := p.sites.Load(obj.Path); ok && known.(*Site).obj == obj {
		_, err := accountsAt(ctx, p, known.(*Site).Accounts)
		return known.(*Site), err
	}
	if !p.d.NoSite(obj.Path).Empty() {
		return nil, domain.E("e.www.site.noexists")
	}
	site, err := readSite(obj)
	if err != nil {
		return nil, err
	}
	if site.people, err = accountsAt(ctx, p, site.Accounts); err != nil {
		return nil, err
	}
	if site.set, err = p.db.Plain(ctx, site.sessions, sessionDef()); err != nil {
		return nil, err
	}
	site.grants = &grants{file: s.matrixOfSite(p, site.Matrix)}
	p.sites.Store(obj.Path, site)
	return site, nil
}

// knownSite is a site that was found before and has not changed since; else nil.
func (s *Service) knownSite(p *people, id string) *Site {
	obj, err := p.d.Tree(domain.Owner).Object(domain.Ref{ID: id})
	if err != nil {
		return nil
	}
	if known, ok := p.sites.Load(obj.Path); ok && known.(*Site).obj == obj {
		return known.(*Site)
	}
	return nil
}

// accountsAt opens the accounts of a site.
func accountsAt(ctx context.Context, p *people, path domain.Path) (*thingset.Set, error) {
	set, err := p.db.Set(ctx, path)
	if code := domain.CodeOf(err); code == "e.thing.set.noexists" || code == "e.io.obj.noexists" {
		return nil, domain.E("e.www.order.nil.accounts", path)
	}
	return set, err
}

// readSite reads a site's metadata.
func readSite(obj *domain.Object) (*Site, error) {
	meta := gjson.ParseBytes(obj.Meta)
	site := &Site{
		ID:       obj.ID,
		Path:     obj.Path,
		Role:     meta.Get("role_default").String(),
		Captcha:  meta.Get("login_captcha").String(),
		OpenSend: meta.Get("vcode_captcha").String() == "none",
		Idle:     seconds(meta.Get("se_idle_du"), defaultIdle),
		Lifetime: seconds(meta.Get("se_dft_du"), defaultLifetime),
		Setme:    setmeOf(meta.Get("setme")),
		obj:      obj,
		sessions: domain.Path(".domain/session/" + obj.ID),
	}
	var err error
	if site.Accounts, err = pathOr(meta.Get("accounts"), "accounts"); err != nil {
		return nil, err
	}
	if site.Roles, err = pathOr(meta.Get("roles"), "roles"); err != nil {
		return nil, err
	}
	site.Matrix, err = pathOr(meta.Get("pvg"), defaultMatrix)
	return site, err
}

// title is what the site is called in a message.
func (site *Site) title() string {
	return firstOf(gjson.GetBytes(site.obj.Meta, "title").String(), site.Path.Base())
}

func seconds(v gjson.Result, def time.Duration) time.Duration {
	if n := v.Float(); n > 0 && n < 1e9 {
		return time.Duration(n * float64(time.Second))
	}
	return def
}

func pathOr(v gjson.Result, def domain.Path) (domain.Path, error) {
	if v.String() == "" {
		return def, nil
	}
	return domain.ParsePath(v.String())
}
