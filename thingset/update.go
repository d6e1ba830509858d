package thingset

import (
	"bytes"
	"context"
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
	return s.change(ctx, id, func(st *state, body []byte) ([]byte, error) {
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
		return st.schema.cleaned(all.append(make([]byte, 0, all.size())), changed)
	})
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
		rev, err := s.db.Commit(ctx, Write{Set: s.name, ID: id, Body: body, If: old.Rev})
		if domain.CodeOf(err) == "e.thing.rev" {
			continue
		}
		if err != nil {
			return Record{}, err
		}
		s.after(ctx, st, Change{Rev: rev, Set: s.name, ID: id, Body: body, Old: old.Body}, OnUpdated)
		return Record{ID: id, Rev: rev, Body: body}, nil
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
	rev, err := s.db.Commit(ctx, Write{Set: s.name, ID: id, Body: body, If: cond})
	if err != nil {
		return Record{}, err
	}
	event := OnUpdated
	if old.Body == nil {
		event = OnCreated
	}
	s.after(ctx, st, Change{Rev: rev, Set: s.name, ID: id, Body: body, Old: old.Body}, event)
	return Record{ID: id, Rev: rev, Body: body}, nil
}
