package shell

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell/syntax"
)

// Placeholders are all placeholders of the script, in the order of compilation.
// Those of templates inside are among them, for it is the command's matter which
// Vars answer them. The slice is the caller's.
func (s *Script) Placeholders() []*syntax.Placeholder { return slices.Clone(s.placeholders) }

// Writes reports whether the script may change the domain: by a command that
// writes, wherever it stands, or by a redirect.
func (s *Script) Writes() bool { return s.writes }

// Repeatable reports whether a run leaves no trace: it changes nothing in the
// domain and asks no other server.
func (s *Script) Repeatable() bool { return !s.writes && !s.calls }

// Writers are the commands of the script that may change the domain, as
// messages name them ("thing create"), in order, each once. The slice is the
// caller's.
func (s *Script) Writers() []string { return once(s.writers) }

// Acts are the same with the literal paths and ids among their words ("thing
// delete ~/accounts dc0s9j1ksduegtftk220"), and no other word of theirs: it may be a
// secret. The slice is the caller's.
func (s *Script) Acts() []string { return once(s.acts) }

func once(names []string) (out []string) {
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Run runs the script once. The first failing stage ends it; the error is an
// *Error with its place. All goroutines that the run started have ended when it
// returns. A Script may run many times at once, each with its own Env.
func (s *Script) Run(ctx context.Context, env *Env) error {
	r := &firstRun{}
	r.begin(ctx, env.Limits, s.o.Endpoint || env.Who == domain.API)
	defer r.stop()
	defer r.memory.end()
	r.pace, r.sharing = env.Pace, env.Sharing
	r.memory.of(ctx, env)
	return s.runIn(scope{b: &r.budget, env: s.settable(env)}, env.In, sink{b: &r.budget, w: env.Out}, r)
}

// firstRun keeps together what every run needs, so that a script of one stage
// allocates once.
type firstRun struct {
	budget
	flow  flow
	calls [1]Call
}

// scope is what the holes of a script are filled from.
type scope struct {
	b    *budget
	env  *Env    // with the Vars that count here
	caps []Value // the holes of the stage that this script is inside of
}

// runIn runs the pipelines one after the other. room, when not nil, is for the
// first of them.
func (s *Script) runIn(sc scope, in io.Reader, out sink, room *firstRun) error {
	for i, p := range s.lines {
		var f *flow
		if i == 0 && room != nil {
			f = &room.flow
			f.calls = room.calls[:]
		} else {
			f = &flow{}
		}
		f.scope, f.pipeline, f.tail = sc, p, out
		if err := f.run(in); err != nil {
			return err
		}
	}
	return nil
}

// output runs the script of a substitution: without input, its output without
// trailing newlines.
func (s *Script) output(sc scope) (string, error) {
	text := capture{b: sc.b}
	defer text.end()
	err := s.runIn(sc, nil, sink{b: sc.b, w: &text}, nil)
	return strings.TrimRight(text.String(), "\n"), err
}
