package backup

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// sets are what the store keeps.
func (t *taking) sets(ctx context.Context) (out []setLine, err error) {
	if t.schemas, err = t.schemasNow(ctx); err != nil {
		return nil, err
	}
	for _, set := range slices.Sorted(maps.Keys(t.schemas)) {
		out = append(out, setLine{Set: set})
	}
	for _, name := range plainSets {
		if _, err := t.db.Plain(ctx, domain.Path(name), plainDef(name)); err != nil {
			return nil, err
		}
		out = append(out, setLine{name, true})
	}
	for _, s := range out {
		n, err := t.db.Store().Count(ctx, t.db.Domain().Name(), s.Set)
		if t.went(s, err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.total += n
	}
	return out, nil
}

// went reports whether an error says that a ThingSet was removed meanwhile, which leaves it
// out, unless it is there again at the end.
func (t *taking) went(s setLine, err error) bool {
	if s.Plain || domain.CodeOf(err) != "e.thing.set.noexists" {
		return false
	}
	delete(t.schemas, s.Set)
	return true
}

// schemasNow are the thing.json that count, by set: the last good version of each,
// or its text as it is when none was good.
func (t *taking) schemasNow(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range t.db.Kept() {
		text, err := t.schemaNow(ctx, p)
		switch code := domain.CodeOf(err); {
		case code == "e.thing.set.noexists" || code == "e.io.obj.noexists": // it went meanwhile
		case err != nil:
			return nil, err
		default:
			out[string(p)] = text
		}
	}
	return out, nil
}

func (t *taking) schemaNow(ctx context.Context, p domain.Path) (string, error) {
	set, err := t.db.Set(ctx, p)
	if domain.CodeOf(err) == "e.thing.schema" {
		if err := t.db.OpenUnruled(ctx, p); err != nil {
			return "", err
		}
		data, err := domain.ReadFile(t.db.Domain().Files(), domain.Path(below(string(p), thingset.SchemaFile)), domain.MaxFile)
		return string(data), err
	}
	if err != nil {
		return "", err
	}
	text, _, err := set.Source(ctx)
	return text, err
}

// below is a path in a set's folder.
func below(set, name string) string { return strings.TrimPrefix(set+"/"+name, "/") }

// end is the revision of the backup: one at which the schemas were those that are
// saved, so that the records of that moment keep them.
func (t *taking) end(ctx context.Context) (thingset.Rev, error) {
	for range 20 {
		before, err := t.schemasNow(ctx)
		if err != nil {
			return 0, err
		}
		rev, err := t.db.Commit(ctx)
		if err != nil {
			return 0, err
		}
		after, err := t.schemasNow(ctx)
		if err != nil {
			return 0, err
		}
		if maps.Equal(before, after) {
			maps.Copy(t.schemas, after) // a set that went meanwhile stays with what it was
			return rev, nil
		}
	}
	return 0, domain.E("e.busy", domain.Text{ZH: "thing.json 一直在变，请再试一次", EN: "thing.json keeps changing; try again"})
}
