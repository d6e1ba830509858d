package thingset

import (
	"context"
	"slices"

	"github.com/caryahq/carya/domain"
)

// Call is one script of thing.json that is to run.
type Call struct {
	Set    domain.Path
	Event  Event
	Script Script
	ID     string
	Old    []byte // the thing before, nil when it is new
	New    []byte // the thing now, nil when it is gone
}

// Hook runs a script of thing.json. Its error stops a deletion when the event is
// onBeforeDelete; after the fact it is only logged.
type Hook func(ctx context.Context, c Call) error

// maxDepth is how deep scripts and links may set off one another.
const maxDepth = 8

type depthKey struct{}

// deeper is a context for what a change sets off.
func deeper(ctx context.Context) (context.Context, error) {
	n, _ := ctx.Value(depthKey{}).(int)
	if n >= maxDepth {
		return nil, domain.E("e.thing.hook", "scripts set off one another more than", maxDepth, "deep")
	}
	return context.WithValue(ctx, depthKey{}, n+1), nil
}

// before asks the scripts whether a thing may go.
func (s *Set) before(ctx context.Context, st *state, old Record) error {
	scripts := st.schema.Scripts(OnBeforeDelete)
	if len(scripts) == 0 || s.db.hook == nil {
		return nil
	}
	ctx, err := deeper(ctx)
	if err != nil {
		return err
	}
	for _, script := range scripts {
		if err := s.db.hook(ctx, Call{Set: s.path, Event: OnBeforeDelete, Script: script, ID: old.ID, Old: old.Body, New: old.Body}); err != nil {
			return err
		}
	}
	return nil
}

// after runs what a durable change sets off: scripts, then links. What fails
// there does not undo the change; it is logged.
func (s *Set) after(ctx context.Context, st *state, c Change, e Event) {
	scripts := st.schema.Scripts(e)
	if s.plain || (len(scripts) == 0 || s.db.hook == nil) && (e != OnUpdated || len(st.schema.links) == 0) {
		return
	}
	ctx, err := deeper(ctx)
	if err != nil {
		s.failed(c, e, err)
		return
	}
	if s.db.hook != nil {
		for _, script := range scripts {
			if err := s.db.hook(ctx, Call{Set: s.path, Event: e, Script: script, ID: c.ID, Old: c.Old, New: c.Body}); err != nil {
				s.failed(c, e, err)
			}
		}
	}
	if e == OnUpdated {
		for _, l := range st.schema.links {
			if err := s.follow(ctx, l, c); err != nil {
				s.failed(c, e, err)
			}
		}
	}
}

func (s *Set) failed(c Change, e Event, err error) {
	s.db.log.Warn("a script of thing.json failed", "domain", s.dom(), "set", s.path.String(), "thing", c.ID, "event", string(e), "err", err)
}

// follow brings the things of another set up to date with a change.
func (s *Set) follow(ctx context.Context, l Link, c Change) error {
	changed := func(p [2]string) bool { return Field(c.Old, p[1]).Raw != Field(c.Body, p[1]).Raw }
	if !slices.ContainsFunc(l.Copy, changed) {
		return nil
	}
	var all []cond
	for _, p := range l.By {
		value := scalarText(Field(c.Body, p[1]))
		if value == "" {
			return nil
		}
		all = append(all, cond{key: p[0], path: escapePath(p[0]), test: exact(value)})
	}
	to, err := s.db.Set(ctx, l.Set)
	if err != nil {
		return err
	}
	patch := &members{}
	for _, p := range l.Copy {
		raw := Field(c.Body, p[1]).Raw
		if raw == "" {
			raw = "null"
		}
		patch.set(p[0], raw)
	}
	return to.patchAll(ctx, &Matcher{any: [][]cond{all}}, patch)
}

// patchAll updates what matches.
func (s *Set) patchAll(ctx context.Context, m *Matcher, patch *members) error {
	var ids []string
	for rec, err := range s.Each(ctx, Query{Match: m}) {
		if err != nil {
			return err
		}
		ids = append(ids, rec.ID)
	}
	doc := patch.appendAll(nil)
	for _, id := range ids {
		if _, err := s.Update(ctx, id, doc); err != nil && domain.CodeOf(err) != "e.thing.noexists" {
			return err
		}
	}
	return nil
}
