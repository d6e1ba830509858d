package thingset

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Create makes a thing of a strict JSON object and gives it as it was stored. The
// members of its own that a thing has are added: id (a new one unless the
// object gives one: e.thing.id), th_set (the set's id, or path), th_live (1),
// ct and lm (now; a ct that is given stays), expi (when thing.json gives things a
// lifetime). Nulls are left out. The fields' checks fail with e.thing.fld.*, unique
// keys with e.thing.ukey.*, an id that is taken with e.thing.ukey.duplicated.
func (s *Set) Create(ctx context.Context, doc []byte) (Record, error) {
	list, err := s.CreateAll(ctx, [][]byte{doc})
	if err != nil {
		return Record{}, err
	}
	return list[0], nil
}

// CreateAll makes several things, all or none. An error says which of them it is
// about, as far as one is.
func (s *Set) CreateAll(ctx context.Context, docs [][]byte) ([]Record, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	batch, out := make([]Write, len(docs)), make([]Record, len(docs))
	now := time.Now().UnixMilli()
	for i, doc := range docs {
		if out[i], err = s.prepare(st, doc, now); err != nil {
			return nil, ofList(err, i, len(docs))
		}
		batch[i] = Write{Set: s.name, ID: out[i].ID, Body: out[i].Body, If: Absent}
	}
	rev, err := s.db.Commit(ctx, batch...)
	if domain.CodeOf(err) == "e.thing.rev" {
		return nil, Duplicated([]string{"id"})
	}
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Rev = rev
		s.after(ctx, st, Change{Rev: rev, Set: s.name, ID: out[i].ID, Body: out[i].Body}, OnCreated)
	}
	return out, nil
}

// ofList adds the place in a list to an error.
func ofList(err error, i, n int) error {
	if n == 1 {
		return err
	}
	e := *domain.AsError(err)
	e.Detail = strings.TrimSpace(e.Detail + " (item " + strconv.Itoa(i) + " of the list)")
	return &e
}

// prepare makes a whole new thing.
func (s *Set) prepare(st *state, doc []byte, now int64) (Record, error) {
	given, err := readMembers(doc)
	if err != nil {
		return Record{}, err
	}
	id := scalarText(given.value("id"))
	if id == "" {
		id = domain.NewID()
	}
	if err := CheckID(id); err != nil {
		return Record{}, err
	}
	ms := &members{list: make([]member, 0, len(given.list)+6)}
	ms.set("id", jsonText(id))
	ms.merge(given)
	ms.set("id", jsonText(id))
	s.stamp(ms, st.schema, now)
	rec := Record{ID: id}
	rec.Body, err = s.cleaned(st, ms.append(make([]byte, 0, ms.size())), nil)
	return rec, err
}

// stamp gives a new thing the members that every thing has.
func (s *Set) stamp(ms *members, schema *Schema, now int64) {
	at := strconv.FormatInt(now, 10)
	if s.plain {
		return
	}
	ms.set("th_set", jsonText(s.setID()))
	if ms.raw("th_live") != "-1" {
		ms.set("th_live", "1")
	}
	if ct := ms.value("ct"); ct.Num <= 0 {
		ms.set("ct", at)
	}
	ms.set("lm", at)
	if raw := ms.raw("expi"); schema.life > 0 && (raw == "" || raw == "null") {
		ms.set("expi", strconv.FormatInt(now+schema.life, 10))
	}
}

// setID is what th_set says: the id of the set's folder, its path when it has
// none.
func (s *Set) setID() string {
	if o, err := s.db.d.Tree(domain.Owner).Stat(s.path); err == nil && o.ID != "" {
		return o.ID
	}
	return s.path.String()
}

func jsonText(s string) string { return string(relaxed.AppendString(nil, s)) }

// cleaned is a thing with its texts trimmed, held to the schema. With only, only
// the fields that lie in those members are looked at.
func (s *Schema) cleaned(doc []byte, only *members) ([]byte, error) {
	var err error
	for i := range s.rules {
		r := &s.rules[i]
		if only != nil && only.find(r.top()) < 0 {
			continue
		}
		if doc, err = r.clean(doc); err != nil {
			return nil, err
		}
		if err = r.check(doc); err != nil {
			return nil, err
		}
	}
	return doc, s.checkUnique(doc)
}

// valuesOf are a document's values for a unique key.
func (s *Set) valuesOf(ctx context.Context, names []string, doc []byte) ([]string, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	key := slices.IndexFunc(st.schema.unique, func(k uniqueKey) bool { return slices.Equal(k.names, names) })
	if key < 0 {
		return nil, domain.E("e.cmd.arg", domain.Textf("数据集没有唯一键 %v", "the set has no unique key %v", strings.Join(names, "+")))
	}
	if _, err := readMembers(doc); err != nil {
		return nil, err
	}
	if doc, err = s.trimmed(st, doc); err != nil {
		return nil, err
	}
	values, ok := UniqueValues(st.schema.def, key, doc)
	if !ok {
		return nil, uniqueKey{names: names}.fail("e.thing.ukey.required")
	}
	return values, nil
}

// trimmed is a document with its texts trimmed.
func (s *Schema) trimmed(doc []byte) (out []byte, err error) {
	out = doc
	for i := range s.rules {
		if out, err = s.rules[i].clean(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}
