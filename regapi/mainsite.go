package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain"
)

// siteFaults tells of endpoints whose site is not what their owner may think: those
// that ask for permissions and leave the site open, where there are several, and
// those whose http-www-home is no site.
func (m *mount) siteFaults(eps []*endpoint) (out []domain.Fault) {
	warn := func(ep *endpoint, msg domain.Text) {
		f := domain.FaultAt(ep.file, 0, 0, msg)
		f.Warn = true
		out = append(out, f)
	}
	several := ""
	for _, ep := range eps {
		set := &ep.settings
		switch {
		case set.home != nil:
			p, err := m.d.Tree(domain.Owner).Resolve(*set.home)
			if err != nil {
				warn(ep, domain.Textf("http-www-home：没有 %v", "http-www-home: there is no %v", set.home))
			} else if why := m.d.NoSite(p); !why.Empty() {
				warn(ep, domain.Textf("http-www-home：%v", "http-www-home: %v", why))
			}
		case set.anySite || set.mayName():
		default:
			if several == "" {
				several = m.otherSites()
			}
			if several != "-" {
				warn(ep, domain.Textf("权限只按主站点 ~/www 判断，不再看请求的 site 参数（其他站点：%v）；需要时写明 http-www-home，`*` 表示任一站点",
					"permissions are those of the main site ~/www, whatever the request's site says (others: %v); http-www-home names another one, \"*\" is any", several))
			}
		}
	}
	return out
}

// otherSites names the domain's sites besides the main one, "-" when there is none.
func (m *mount) otherSites() string {
	var names []string
	for _, p := range m.d.Sites() {
		if p != mainSite {
			names = append(names, p.String())
		}
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, " ")
}
