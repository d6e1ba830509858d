package www

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Deleting an account ends its sessions: they do not come back with an account that
// is restored. Those of a person who is deleted end in the same commit, and an
// account in the bin begins a new epoch, so that no session that began meanwhile is
// good after it; those of an account whose file somebody removed, or whose time has
// come, end as soon as that is seen.

// WhenGone is what ends with the accounts of a domain.
func (s *Service) WhenGone(d *domain.Domain) thingset.Gone {
	return thingset.Gone{
		Commit: func(ctx context.Context, batch []thingset.Write, ended []int) ([]thingset.Write, error) {
			return s.endWith(ctx, s.in(d), batch, ended)
		},
		After: func(ctx context.Context, set domain.Path, ids []string) error {
			return s.endLeft(ctx, s.in(d), set, ids)
		},
	}
}

// endWith adds to a batch the end of the sessions of the accounts that it ends.
func (s *Service) endWith(ctx context.Context, p *people, batch []thingset.Write, ended []int) ([]thingset.Write, error) {
	bySet := map[string][]string{}
	for _, i := range ended {
		bySet[batch[i].Set] = append(bySet[batch[i].Set], batch[i].ID)
	}
	accounts, out := map[string]bool{}, batch
	for set, uids := range bySet {
		ofSet, err := s.sessionsAt(ctx, p, domain.Path(set))
		if err != nil {
			return nil, err
		}
		accounts[set] = len(ofSet) > 0
		for _, sessions := range ofSet {
			ids, err := sessionsOf(ctx, sessions, uids...)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				out = append(out, thingset.Write{Set: string(sessions.Path()), ID: id})
			}
		}
	}
	for _, i := range ended {
		if w := &out[i]; accounts[w.Set] && w.Body != nil {
			body, err := sjson.SetBytes(w.Body, epochField, newEpoch())
			if err != nil {
				return nil, err
			}
			w.Body = body
		}
	}
	return out, nil
}

// endLeft ends the sessions of accounts that are gone; without a set those of all
// that are.
func (s *Service) endLeft(ctx context.Context, p *people, set domain.Path, uids []string) error {
	if uids == nil {
		return s.endOrphans(ctx, p)
	}
	ofSet, err := s.sessionsAt(ctx, p, set)
	if err != nil {
		return err
	}
	for _, sessions := range ofSet {
		ids, err := sessionsOf(ctx, sessions, uids...)
		if err == nil {
			err = sessions.DeleteAll(ctx, ids, true, thingset.Batch{Pass: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endOrphans ends every session whose account is not there.
func (s *Service) endOrphans(ctx context.Context, p *people) error {
	sets, err := s.sessionSets(ctx, p)
	if err != nil {
		return err
	}
	for _, sessions := range sets {
		path, ok := accountsOf(p, sessions.Path().Base())
		if !ok {
			continue
		}
		accounts, err := p.db.Set(ctx, path)
		if err != nil {
			continue // who is gone cannot be told
		}
		var ids []string
		for rec, err := range sessions.Each(ctx, thingset.Query{}) {
			if err != nil {
				return err
			}
			if _, err := accounts.Get(ctx, gjson.GetBytes(rec.Body, "uid").String()); domain.CodeOf(err) == "e.thing.noexists" {
				ids = append(ids, rec.ID)
			}
		}
		if err := sessions.DeleteAll(ctx, ids, true, thingset.Batch{Pass: true}); err != nil {
			return err
		}
	}
	return nil
}

// sessionsAt are the sessions of the sites whose accounts are a set.
func (s *Service) sessionsAt(ctx context.Context, p *people, accounts domain.Path) ([]*thingset.Set, error) {
	sets, err := s.sessionSets(ctx, p)
	return slices.DeleteFunc(sets, func(sessions *thingset.Set) bool {
		path, ok := accountsOf(p, sessions.Path().Base())
		return !ok || path != accounts
	}), err
}

// accountsOf is where the accounts of a site are, by its id.
func accountsOf(p *people, site string) (domain.Path, bool) {
	obj, err := p.d.Tree(domain.Owner).Object(domain.Ref{ID: site})
	if err != nil || obj.Race != domain.DIR {
		return "", false
	}
	read, err := readSite(obj)
	if err != nil {
		return "", false
	}
	return read.Accounts, true
}
