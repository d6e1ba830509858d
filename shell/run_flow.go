package shell

import (
	"errors"
	"io"
)

// flow is one run of one pipeline. Stages run in the caller's goroutine, one
// after the other, as long as what passes between them is small (see pipe).
type flow struct {
	scope
	pipeline *pipeline
	calls    []Call
	tail     sink
}

// run binds all words first, from left to right, and then runs the stages: a
// fault in a word is met before anything was done.
func (f *flow) run(in io.Reader) error {
	if n := len(f.pipeline.stages); n != len(f.calls) {
		f.calls = make([]Call, n)
	}
	defer f.release()
	for i, s := range f.pipeline.stages {
		c := &f.calls[i]
		c.bind(f.scope, s)
		if c.err != nil && !s.ajax {
			if f.env.Trace != nil {
				f.traced(c, c.err)
			}
			return f.failed(s, c.err)
		}
	}
	if f.pipeline.target != nil {
		return f.redirected(in)
	}
	return f.from(0, in)
}

// release gives back what stages hold that have not run.
func (f *flow) release() {
	for i := range f.calls {
		f.calls[i].release()
	}
}

// from runs the stages from the i-th on.
func (f *flow) from(i int, in io.Reader) error {
	for ; i < len(f.calls)-1; i++ {
		p := newPipe(f, i+1)
		err := f.stage(i, in, p)
		leave(in)
		switch {
		case p.live:
			return f.join(p, err)
		case err != nil:
			p.leave()
			return err
		}
		p.end(io.EOF)
		in = p
	}
	defer leave(in)
	return f.stage(i, in, &f.tail)
}

// join waits for the stages that read from p. The first failing stage in the
// order of the pipeline counts; that nobody reads on is no failure.
func (f *flow) join(p *pipe, err error) error {
	if err == nil || errors.Is(err, io.ErrClosedPipe) {
		p.end(io.EOF)
		return <-p.done
	}
	p.end(&upstream{err})
	<-p.done
	return err
}

func leave(in io.Reader) {
	if p, ok := in.(*pipe); ok {
		p.leave()
	}
}

// upstream is what a stage reads when the stage before it has failed.
type upstream struct{ err error }

func (u *upstream) Error() string { return "the stage before failed: " + u.err.Error() }
func (u *upstream) Unwrap() error { return u.err }

// outlet is where a stage writes: a pipe or the pipeline's end.
type outlet interface {
	io.Writer
	Flush() error
	wrote() bool
}

func (p *pipe) wrote() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.moved }
func (s *sink) wrote() bool { return s.writes > 0 }
