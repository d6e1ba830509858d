package www

import (
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// AccountForm gives the sets that are the accounts of a site the form of accounts: it
// is the same whichever door somebody comes through, also where the owner imports
// them as things.
func (s *Service) AccountForm(d *domain.Domain) func(domain.Path, *thingset.Schema) thingset.Form {
	known := &accountSets{d: d}
	return func(set domain.Path, schema *thingset.Schema) thingset.Form {
		if !slices.ContainsFunc([]string{"nm", "phone", "email"}, schema.HasUnique) || !known.has(set) {
			return nil
		}
		return accountForm
	}
}

// accountSets are where the accounts of a domain's sites are, looked up again after a
// change and now and then: an import asks for every row.
type accountSets struct {
	d *domain.Domain

	mu    sync.Mutex
	of    uint64 // the domain's generation
	until time.Time
	paths []domain.Path
}

// accountSetsFor is how long a look is good for where nothing is told to have
// changed.
const accountSetsFor = time.Second

func (a *accountSets) has(set domain.Path) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if start, of := time.Now(), a.d.Generation(); of != a.of || start.After(a.until) {
		a.look()
		a.of, a.until = of, start.Add(max(accountSetsFor, 20*time.Since(start)))
	}
	return slices.Contains(a.paths, set)
}

func (a *accountSets) look() {
	a.paths = nil
	tree := a.d.Tree(domain.Owner)
	for _, p := range a.d.Sites() {
		obj, err := tree.Stat(p)
		if err != nil {
			continue
		}
		if site, err := readSite(obj); err == nil {
			a.paths = append(a.paths, site.Accounts)
		}
	}
}
