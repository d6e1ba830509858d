package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/caryahq/carya/domain"
)

// stage runs one command. The error is an *Error that says where.
func (f *flow) stage(i int, in io.Reader, out outlet) error {
	c := &f.calls[i]
	defer c.release()
	c.In, c.Out = in, out
	if in == nil {
		c.In = nothing{}
	}
	err := f.b.enter()
	if err == nil {
		err = c.err
	}
	switch {
	case f.env.Trace != nil:
		err = f.traced(c, err)
	case err == nil:
		err = c.invoke()
	}
	over := f.b.overspent()
	if err == nil && over == nil {
		return nil
	}
	failed := f.failed(c.stage, cmp.Or(err, over))
	if c.stage.ajax && over == nil && !out.wrote() && forCaller(failed) {
		return f.answer(c, failed)
	}
	return failed
}

// answer writes a stage's error as its answer.
func (f *flow) answer(c *Call, failed error) error {
	if err := c.printStyled(AppendEnvelope(nil, failed, c.Lang), jsonStyle{compact: c.stage.style.compact, nulls: true}); err != nil {
		return f.failed(c.stage, err)
	}
	return nil
}

// forCaller reports whether -ajax may answer with this error: the caller's
// mistakes, but nothing that went wrong with the server or the run.
func forCaller(err error) bool {
	if _, ok := errors.AsType[*upstream](err); ok || errors.Is(err, io.ErrClosedPipe) {
		return false
	}
	switch domain.AsError(err).Kind {
	case domain.Internal, domain.Busy, domain.Timeout:
		return false
	}
	return true
}

// invoke calls the command. A panic in it is an internal error, the stack its
// cause.
func (c *Call) invoke() (err error) {
	defer rescue(&err)
	return c.stage.run(c)
}

// rescue turns a panic into an error. It must be deferred itself.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = domain.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()), "e.internal")
	}
}

// failed gives an error its place; one that has a place already keeps it.
func (f *flow) failed(s *stage, err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{File: s.script.o.File, Pos: s.pos, Command: s.name, Err: f.classified(err)}
}

// classified finds the domain.Error in err or makes one.
func (f *flow) classified(err error) error {
	late, canceled := errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled)
	_, known := errors.AsType[*domain.Error](err)
	switch over := f.b.Err() != nil; {
	case late && (over || !known):
		return domain.Wrap(err, "e.timeout")
	case canceled && (over || !known):
		return domain.Wrap(err, "e.canceled")
	case known:
		return err
	}
	return domain.AsError(err)
}

// nothing is an empty input.
type nothing struct{}

// Read implements io.Reader.
func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
