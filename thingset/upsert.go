package thingset

import (
	"context"
	"time"

	"github.com/caryahq/carya/domain"
)

// Upserted is a thing that was updated, or created.
type Upserted struct {
	Record
	Created bool
}

// Upsert updates the thing that holds the values which doc has for a unique
// key, or creates one; created says which. One in the bin comes back to life.
func (s *Set) Upsert(ctx context.Context, names []string, doc []byte) (rec Record, created bool, err error) {
	list, err := s.UpsertAll(ctx, names, [][]byte{doc}, nil)
	if err != nil {
		return Record{}, false, err
	}
	return list[0].Record, list[0].Created, nil
}

// UpsertAll is Upsert for several things, all or none, that also adds the numbers of
// by, as UpdateAdding does; a new thing begins with them. Of documents with the same
// values a later one updates what an earlier one made. An error says which document it is
// about, as far as one is.
func (s *Set) UpsertAll(ctx context.Context, names []string, docs [][]byte, by []byte) ([]Upserted, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	for try := range maxTries {
		u := &upserts{s: s, st: st, names: names, seen: map[string]int{}}
		rev, notes, err := u.try(ctx, docs, by, try)
		if err == nil {
			u.follow(ctx, rev, notes)
			return u.things(rev), nil
		}
		again, err := u.again(ctx, err)
		if !again {
			return nil, err
		}
	}
	return nil, domain.E("e.busy", s.path)
}

// upserts are documents on their way into one commit.
type upserts struct {
	s     *Set
	st    *state
	names []string

	list []upsert
	seen map[string]int // place in list by the key's values
	of   []int          // place in list by document
}

// upsert is one thing of them.
type upsert struct {
	edit
	values []string
}

func (u *upserts) try(ctx context.Context, docs [][]byte, by []byte, try int) (rev Rev, notes *errands, err error) {
	put := u.s.db.Commit
	if try >= freeTries {
		u.s.db.gate.Lock()
		defer u.s.db.gate.Unlock()
		put = u.s.db.commit
	}
	for i, doc := range docs {
		if err := u.add(ctx, doc, by); err != nil {
			return 0, nil, ofList(err, i, len(docs))
		}
	}
	edits := make([]edit, len(u.list))
	for i, one := range u.list {
		edits[i] = one.edit
	}
	if notes, err = u.s.errands(ctx, u.st, edits); err != nil {
		return 0, nil, err
	}
	rev, err = put(ctx, append(writesOf(edits), notes.list()...)...)
	return rev, notes, err
}

// things are what became of the documents.
func (u *upserts) things(rev Rev) []Upserted {
	out, told := make([]Upserted, len(u.of)), make([]bool, len(u.list))
	for i, at := range u.of {
		e := u.list[at]
		out[i] = Upserted{Record{ID: e.ID, Rev: rev, Body: e.Body}, e.old == nil && !told[at]}
		told[at] = true
	}
	return out
}

// add takes one document in.
func (u *upserts) add(ctx context.Context, doc, by []byte) error {
	ms, add, err := u.s.patchAndAdd(doc, by)
	if err != nil {
		return err
	}
	values, err := u.s.valuesOf(ctx, u.names, doc)
	if err != nil {
		return err
	}
	claim := JoinValues(values)
	if at, ok := u.seen[claim]; ok {
		u.of = append(u.of, at)
		u.list[at].Body, err = u.overwritten(u.list[at].Body, ms, add)
		return err
	}
	one := upsert{values: values}
	old, err := u.s.findAny(ctx, u.names, values)
	switch {
	case err == nil:
		one.edit = edit{Write{Set: u.s.name, ID: old.ID, If: old.Rev}, old.Body}
		one.Body, err = u.overwritten(old.Body, ms, add)
	case domain.CodeOf(err) == "e.thing.noexists":
		one.edit, err = u.fresh(doc, ms, add)
	}
	u.of, u.seen[claim] = append(u.of, len(u.list)), len(u.list)
	u.list = append(u.list, one)
	return err
}

// fresh makes a thing that is not there yet.
func (u *upserts) fresh(doc []byte, ms *members, add []member) (edit, error) {
	if len(add) > 0 {
		if err := ms.increase(add, &members{}); err != nil {
			return edit{}, err
		}
		doc = ms.append(nil)
	}
	rec, err := u.s.prepare(u.st, doc, time.Now().UnixMilli())
	return edit{Write{Set: u.s.name, ID: rec.ID, Body: rec.Body, If: Absent}, nil}, err
}

// overwritten is a thing updated by the document of a new one.
func (u *upserts) overwritten(body []byte, ms *members, add []member) ([]byte, error) {
	u.s.guard(ms)
	ms.remove(func(m member) bool { return m.key == "ct" })
	ms.set("th_live", "1")
	return u.s.merged(u.st, body, ms, add)
}

// again reports whether an error is one of somebody who was faster.
func (u *upserts) again(ctx context.Context, err error) (bool, error) {
	code := domain.CodeOf(err)
	if code != "e.thing.rev" && code != "e.thing.ukey.duplicated" {
		return false, err
	}
	faster := code == "e.thing.rev"
	for _, one := range u.list {
		if one.If != Absent {
			continue
		}
		_, e := u.s.findAny(ctx, u.names, one.values)
		switch {
		case e == nil:
			faster = true
		case code == "e.thing.rev" && u.taken(ctx, one.ID):
			return false, Duplicated([]string{"id"})
		}
	}
	return faster, err
}

func (u *upserts) taken(ctx context.Context, id string) bool {
	_, err := u.s.Any(ctx, id)
	return err == nil
}

// follow runs what the commit sets off.
func (u *upserts) follow(ctx context.Context, rev Rev, notes *errands) {
	for _, one := range u.list {
		event := OnUpdated
		if one.old == nil {
			event = OnCreated
		}
		u.s.after(ctx, u.st, Change{Rev: rev, Set: u.s.name, ID: one.ID, Body: one.Body, Old: one.old}, event)
	}
	notes.run(ctx)
}
