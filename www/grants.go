package www

import (
	"context"
	"strings"
	"sync"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// maxGrants bounds how many combinations of roles a site keeps ready.
const maxGrants = 1000

// grants are a site's combinations of roles, compiled. Each is good as long as the
// roles' records have their revisions and the matrix is the same, which is looked
// at every time: a change counts at once.
type grants struct {
	file *matrixFile

	mu    sync.RWMutex
	roles *thingset.Set // ~/roles, nil while there is none
	ready map[string]*grant
}

// grant is what one combination of roles may do.
type grant struct {
	rights  rights
	records []roleRecord
	absent  []string // roles without a record: they may get one any time
	rows    *map[string]*matrix
}

// roleRecord is the version of a role that was read.
type roleRecord struct {
	id  string
	rev thingset.Rev
}

// rightsOf are the rights of roles named in a text. A name that is nobody's
// gives no right.
func (s *Service) rightsOf(ctx context.Context, p *people, site *Site, roles string) (rights, error) {
	g := site.grants
	rows := g.file.read()
	g.mu.RLock()
	set, known := g.roles, g.ready[roles]
	g.mu.RUnlock()
	if known != nil && set != nil && known.rows == rows && known.current(ctx, set) {
		return known.rights, nil
	}
	set, err := rolesAt(ctx, p, site)
	if err != nil {
		return nil, err
	}
	made, err := s.grant(ctx, set, rows, roles)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ready == nil || len(g.ready) >= maxGrants {
		g.ready = map[string]*grant{}
	}
	g.roles, g.ready[strings.Clone(roles)] = set, made
	return made.rights, nil
}

// rolesAt opens a site's roles; nil when there are none.
func rolesAt(ctx context.Context, p *people, site *Site) (*thingset.Set, error) {
	set, err := p.db.Set(ctx, site.Roles)
	switch domain.CodeOf(err) {
	case "":
		return set, nil
	case "e.thing.set.noexists", "e.io.obj.noexists":
		return nil, nil
	}
	return nil, err
}

// current reports whether the roles are still the ones that were read.
func (g *grant) current(ctx context.Context, set *thingset.Set) bool {
	for _, r := range g.records {
		rec, err := set.Any(ctx, r.id)
		if err != nil || rec.Rev != r.rev {
			return false
		}
	}
	for _, name := range g.absent {
		if _, err := set.Find(ctx, roleKey, name); domain.CodeOf(err) != "e.thing.noexists" {
			return false
		}
	}
	return true
}

// grant reads roles: their records and their rows of the matrix.
func (s *Service) grant(ctx context.Context, set *thingset.Set, rows *map[string]*matrix, roles string) (*grant, error) {
	g := &grant{rows: rows}
	for name := range strings.FieldsFuncSeq(roles, betweenRoles) {
		if row := (*rows)[name]; row != nil {
			g.rights = append(g.rights, right{role: name, from: fromFile, matrix: row})
		}
		if set == nil {
			continue
		}
		rec, err := set.Find(ctx, roleKey, name)
		switch domain.CodeOf(err) {
		case "":
			g.records = append(g.records, roleRecord{rec.ID, rec.Rev})
			g.rights = append(g.rights, right{role: name, from: fromRole, matrix: s.roles.of(rec, matrixOf)})
		case "e.thing.noexists":
			g.absent = append(g.absent, strings.Clone(name))
		default:
			return nil, err
		}
	}
	return g, nil
}
