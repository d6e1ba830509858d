package www

import (
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
)

// Check tells of folders that people have signed in to and that are no sites any
// more, since they do not say so.
func (s *Service) Check(d *domain.Domain) (out []domain.Fault) {
	tree := d.Tree(domain.Owner)
	for _, id := range s.usedSites(d) {
		p, err := tree.Resolve(domain.Ref{ID: id})
		if err != nil {
			continue // it is gone
		}
		if why := d.NoSite(p); !why.Empty() {
			f := domain.FaultAt(p.String(), 0, 0, domain.Textf("有人在此登录过，但它不是站点：%v", "people have signed in here, and it is no site: %v", why))
			f.Warn = true
			out = append(out, f)
		}
	}
	return append(out, setmeFaults(d)...)
}

// CheckSettings tells of settings of senders and of WeChat that do not work.
func (s *Service) CheckSettings(d *domain.Domain) []domain.Fault {
	return append(s.in(d).post.Check(), weixinFaults(d)...)
}

// usedSites are the ids of what people have signed in to, sorted.
func (s *Service) usedSites(d *domain.Domain) []string {
	ids := map[string]bool{}
	if list, err := d.Tree(domain.Owner).List(".domain/session"); err == nil {
		for _, o := range list {
			if o.Race == domain.DIR {
				ids[o.Name] = true
			}
		}
	}
	if p, ok := d.Value(peopleKey{s}).(*people); ok { // sessions that are not flushed yet
		p.sites.Range(func(_, site any) bool {
			ids[site.(*Site).ID] = true
			return true
		})
	}
	return slices.Sorted(maps.Keys(ids))
}
