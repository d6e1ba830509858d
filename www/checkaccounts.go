package www

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// maxNamed is how many accounts a fault names.
const maxNamed = 5

// CheckAccounts reads the accounts of all sites and tells of those whose name, phone
// number or address is not in the form in which people are looked for: older versions
// took them as they came from an owner.
func (s *Service) CheckAccounts(ctx context.Context, d *domain.Domain) (out []domain.Fault) {
	sets := &accountSets{d: d}
	sets.look()
	slices.Sort(sets.paths)
	for _, path := range slices.Compact(sets.paths) {
		set, err := s.in(d).db.Set(ctx, path)
		if err != nil {
			continue // others tell of it
		}
		n, named := oddAccounts(ctx, set)
		if n == 0 {
			continue
		}
		f := domain.FaultAt(path.String(), 0, 0, domain.Textf("%v 个账户的 nm、phone 或 email 不是查找所用的形式（%v）：重新写入即可，如 thing %v update ID -fields '{nm:…}'",
			"%v accounts have a nm, phone or email that is not in the form in which it is looked for (%v): write it again, as in thing %v update ID -fields '{nm:…}'",
			n, strings.Join(named, " "), path))
		f.Warn = true
		out = append(out, f)
	}
	return out
}

// oddAccounts counts the accounts of a set that are not in their form, and names some.
func oddAccounts(ctx context.Context, set *thingset.Set) (n int, named []string) {
	for rec, err := range set.Each(ctx, thingset.Query{}) {
		if err != nil {
			return n, named
		}
		if isFormed(rec.Body) {
			continue
		}
		if n++; len(named) < maxNamed {
			named = append(named, rec.ID)
		}
	}
	return n, named
}

func isFormed(body []byte) bool {
	for _, key := range []string{"nm", "phone", "email"} {
		v := gjson.GetBytes(body, key)
		if v.Type != gjson.String {
			continue
		}
		if form, ok := normalField(key, v); !ok || form != v.Str {
			return false
		}
	}
	return true
}
