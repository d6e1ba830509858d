package thingset

import (
	"context"
	"slices"

	"github.com/caryahq/carya/domain"
)

// Call is what a script of thing.json runs for.
type Call struct {
	Set   domain.Path
	Event Event
	ID    string
	Old   []byte // the thing before, nil when it is new
	New   []byte // the thing now, nil when it is gone
}

// Hook is a script of thing.json, compiled. Its error stops a deletion when the
// event is onBeforeDelete; after the fact it is only logged.
type Hook func(ctx context.Context, c Call) error

// Compiler makes a Hook of a script when thing.json is read. Faults are those
// of thing.json.
type Compiler func(s Script) (Hook, []domain.Fault)

// compile makes the hooks of a schema.
func (db *DB) compile(s *Schema) (hooks map[Event][]Hook, faults []domain.Fault) {
	if db.compiler == nil {
		return nil, nil
	}
	hooks = map[Event][]Hook{}
	for _, e := range []Event{OnCreated, OnUpdated, OnBeforeDelete, OnDeleted} {
		for _, script := range s.scripts[e] {
			h, bad := db.compiler(script)
			faults = append(faults, bad...)
			hooks[e] = append(hooks[e], h)
		}
	}
	return hooks, faults
}

// maxDepth is how deep scripts and links may set off one another.
const maxDepth = 8

type depthKey struct{}

// deeper is a context for what a change sets off.
func deeper(ctx context.Context) (context.Context, error) {
	n, _ := ctx.Value(depthKey{}).(int)
	if n >= maxDepth {
		return nil, domain.E("e.thing.hook", domain.Textf("脚本相互触发超过 %v 层", "scripts set off one another more than %v deep", maxDepth))
	}
	return context.WithValue(ctx, depthKey{}, n+1), nil
}

// before asks the scripts whether a thing may go.
func (s *Set) before(ctx context.Context, st *state, old Record) error {
	hooks := st.hooks[OnBeforeDelete]
	if len(hooks) == 0 {
		return nil
	}
	ctx, err := deeper(ctx)
	if err != nil {
		return err
	}
	for _, h := range hooks {
		if err := h(ctx, Call{Set: s.path, Event: OnBeforeDelete, ID: old.ID, Old: old.Body, New: old.Body}); err != nil {
			return err
		}
	}
	return nil
}

// after runs what a durable change sets off: scripts, then links. What fails
// there does not undo the change; it is logged.
func (s *Set) after(ctx context.Context, st *state, c Change, e Event) {
	hooks, links := st.hooks[e], []Link(nil)
	if e == OnUpdated {
		links = st.schema.links
	}
	if len(hooks)+len(links) == 0 {
		return
	}
	ctx, err := deeper(ctx)
	if err != nil {
		s.failed(c, e, err)
		return
	}
	for _, h := range hooks {
		if err := h(ctx, Call{Set: s.path, Event: e, ID: c.ID, Old: c.Old, New: c.Body}); err != nil {
			s.failed(c, e, err)
		}
	}
	for _, l := range links {
		if err := s.follow(ctx, l, c); err != nil {
			s.failed(c, e, err)
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
