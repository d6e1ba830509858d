package thingset

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
)

// maxTries is how often a change is tried again when another came between.
const maxTries = 100

// Update replaces members of a thing; null removes one. id and th_set stay as
// they are, ct too unless the patch gives a time, lm becomes now. The fields that
// lie in members of the patch are checked, and the unique keys.
func (s *Set) Update(ctx context.Context, id string, patch []byte) (Record, error) {
	ms, err := readMembers(patch)
	if err != nil {
		return Record{}, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return Record{}, err
	}
	s.guard(ms)
	return s.merge(ctx, id, ms)
}

// merge changes members of a thing, also of one in the bin.
func (s *Set) merge(ctx context.Context, id string, ms *members, add ...member) (Record, error) {
	return s.change(ctx, id, func(st *state, body []byte) ([]byte, error) { return s.merged(st, body, ms, add) })
}

// merged is a thing with members changed and numbers added.
func (s *Set) merged(st *state, body []byte, ms *members, add []member) ([]byte, error) {
	all, err := readMembers(body)
	if err != nil {
		return nil, err
	}
	all.merge(ms)
	changed := ms
	if len(add) > 0 {
		changed = &members{}
		changed.merge(ms)
		if err := all.increase(add, changed); err != nil {
			return nil, err
		}
	}
	if !s.plain {
		all.set("lm", strconv.FormatInt(time.Now().UnixMilli(), 10))
	}
	return s.cleaned(st, all.append(make([]byte, 0, all.size())), changed)
}

// addTooMany is why numbers are added by one commit: nobody could tell how far a
// call has come that was cut off.
var addTooMany = domain.Textf(
	"-inc 一次最多修改 %[1]v 条数据（32 MiB）；请用 -match 分批，如 id:\"[a,m)\"",
	"-inc changes at most %[1]v things (32 MiB) at once; divide them with -match, e.g. by id:\"[a,m)\"", BatchMax)

// UpdateAll is UpdateAdding for several things: see Batch. It gives them in the
// order in which they were changed. Where there are several commits those that have
// the members already are left alone; by cannot be given then (e.cmd.arg).
func (s *Set) UpdateAll(ctx context.Context, ids []string, patch, by []byte, o Batch) ([]Record, error) {
	ms, add, err := s.patchAndAdd(patch, by)
	if err != nil {
		return nil, err
	}
	c, err := s.updater(ctx, ms, add)
	if err != nil {
		return nil, err
	}
	c.Batch, c.get = o, s.Get
	if len(add) > 0 {
		c.whole = addTooMany
	}
	err = c.run(ctx, ids)
	return c.things, err
}

// updater merges members into things.
func (s *Set) updater(ctx context.Context, ms *members, add []member) (*changer, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	s.guard(ms)
	c := &changer{s: s, st: st, get: s.Get, links: true, grow: ms.size()}
	c.body = func(old Record) ([]byte, error) {
		body, err := s.merged(st, old.Body, ms, add)
		if err == nil && c.many && sameBut(body, old.Body, "lm") {
			return old.Body, nil
		}
		return body, err
	}
	c.after = func(ctx context.Context, ch Change) { s.after(ctx, st, ch, OnUpdated) }
	return c, nil
}

// sameBut reports whether two things have the same members, but for one.
func sameBut(a, b []byte, name string) bool {
	x, err1 := readMembers(a)
	y, err2 := readMembers(b)
	if err1 != nil || err2 != nil {
		return false
	}
	x.drop(name)
	y.drop(name)
	covers := func(x, y *members) bool {
		return !slices.ContainsFunc(x.list, func(m member) bool { return m.raw != "null" && y.raw(m.key) != m.raw })
	}
	return covers(x, y) && covers(y, x)
}

// guard takes out of a patch what it may not change.
func (s *Set) guard(ms *members) {
	ms.remove(func(m member) bool {
		switch {
		case m.key == "id":
			return true
		case s.plain:
			return false
		case m.key == "th_live":
			return m.raw != "1" && m.raw != "-1"
		}
		return m.key == "th_set" || m.key == "lm" || m.key == "ct" && m.raw == "null"
	})
}

// Modify reads a thing, changes it by f and writes it, again when somebody else
// came between. f may change what it is given, must keep the id, and gives nil
// to leave the thing as it is; its error ends it all. The whole thing is held to
// the schema. One in the bin is e.thing.noexists.
func (s *Set) Modify(ctx context.Context, id string, f func(body []byte) ([]byte, error)) (Record, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return Record{}, err
	}
	return s.change(ctx, id, func(st *state, body []byte) ([]byte, error) {
		out, err := f(bytes.Clone(body))
		if err != nil || out == nil {
			return nil, err
		}
		return out, s.sound(st, id, out)
	})
}

// sound holds a whole record to what it must be.
func (s *Set) sound(st *state, id string, body []byte) error {
	ms, err := readMembers(body)
	if err != nil {
		return err
	}
	if scalarText(ms.value("id")) != id {
		return domain.E("e.thing.id", domain.Textf("%v 必须是记录的 ID", "%v must be the record's id", id))
	}
	return st.schema.Check(body)
}

// change writes what f makes of a record, also of one in the bin. A nil body
// changes nothing.
func (s *Set) change(ctx context.Context, id string, f func(st *state, body []byte) ([]byte, error)) (Record, error) {
	st, err := s.state(ctx)
	if err != nil {
		return Record{}, err
	}
	for range maxTries {
		old, err := s.Any(ctx, id)
		if err != nil {
			return Record{}, err
		}
		body, err := f(st, old.Body)
		if err != nil || body == nil {
			return old, err
		}
		rec, err := s.write(ctx, st, edit{Write{Set: s.name, ID: id, Body: body, If: old.Rev}, old.Body}, OnUpdated)
		if domain.CodeOf(err) != "e.thing.rev" {
			return rec, err
		}
	}
	return Record{}, domain.E("e.busy", s.path, id)
}

// Put writes a whole record as it stands, on a condition (see Write.If). It has
// to be sound: see Modify. Scripts run as for Create and Update.
func (s *Set) Put(ctx context.Context, id string, body []byte, cond Rev) (Record, error) {
	st, err := s.state(ctx)
	if err != nil {
		return Record{}, err
	}
	if err := s.sound(st, id, body); err != nil {
		return Record{}, err
	}
	var old Record
	if !s.plain {
		if old, err = s.Any(ctx, id); err != nil && domain.CodeOf(err) != "e.thing.noexists" {
			return Record{}, err
		}
	}
	event := OnUpdated
	if old.Body == nil {
		event = OnCreated
	}
	return s.write(ctx, st, edit{Write{Set: s.name, ID: id, Body: body, If: cond}, old.Body}, event)
}

// write commits one edit and runs what follows it.
func (s *Set) write(ctx context.Context, st *state, e edit, event Event) (Record, error) {
	notes, err := s.errands(ctx, st, []edit{e})
	if err != nil {
		return Record{}, err
	}
	rev, err := s.db.Commit(ctx, append(notes.list(), e.Write)...)
	if err != nil {
		return Record{}, err
	}
	s.after(ctx, st, Change{Rev: rev, Set: s.name, ID: e.ID, Body: e.Body, Old: e.old}, event)
	notes.run(ctx)
	return Record{ID: e.ID, Rev: rev, Body: e.Body}, nil
}
