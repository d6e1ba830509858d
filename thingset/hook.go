package thingset

import (
	"context"

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

// after runs the scripts that a durable change sets off. What fails there does
// not undo the change; it is logged. A server that dies before they are through
// does not run them again.
func (s *Set) after(ctx context.Context, st *state, c Change, e Event) {
	hooks := st.hooks[e]
	if len(hooks) == 0 {
		return
	}
	ctx, err := deeper(ctx)
	if err != nil {
		s.failed(c.ID, e, err)
		return
	}
	for _, h := range hooks {
		if err := h(ctx, Call{Set: s.path, Event: e, ID: c.ID, Old: c.Old, New: c.Body}); err != nil {
			s.failed(c.ID, e, err)
		}
	}
}

func (s *Set) failed(id string, e Event, err error) {
	s.db.log.Warn("a script of thing.json failed", "domain", s.dom(), "set", s.path.String(), "thing", id, "event", string(e), "err", err)
}
