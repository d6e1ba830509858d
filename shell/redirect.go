package shell

import (
	"bytes"
	"io"
	"time"

	"github.com/caryahq/carya/domain"
)

// redirected runs the pipeline into an object of the tree. The object changes
// when the pipeline has succeeded, all at once; a failed one leaves it as it was.
func (f *flow) redirected(in io.Reader) error {
	c := &Call{}
	c.bind(f.scope, f.pipeline.target)
	defer c.release()
	if f.env.Trace == nil {
		return f.intoTarget(c, in)
	}
	r, begun := c.report(), time.Now()
	f.env.Trace(r)
	err := f.intoTarget(c, in)
	f.end(r, c.stage, time.Since(begun), err)
	return err
}

func (f *flow) intoTarget(c *Call, in io.Reader) error {
	if c.err != nil {
		return f.failed(c.stage, c.err)
	}
	path, err := c.target()
	if err == nil && f.pipeline.adds {
		err = f.appendTo(c, path, in)
	} else if err == nil {
		err = f.replace(c.Tree(), path, in)
	}
	if err != nil {
		return f.failed(c.stage, err)
	}
	return nil
}

func (c *Call) target() (domain.Path, error) {
	ref, err := c.Arg(0).Ref()
	switch {
	case err != nil:
		return "", err
	case c.Domain == nil:
		return "", domain.E("e.domain.noexists")
	}
	return c.Tree().Resolve(ref)
}

func (f *flow) replace(t *domain.Tree, p domain.Path, in io.Reader) error {
	w, err := t.Create(p)
	if err != nil {
		return err
	}
	defer w.Close()
	f.tail = sink{b: f.b, w: w}
	if err := f.from(0, in); err != nil {
		return err
	}
	return w.Commit()
}

func (f *flow) appendTo(c *Call, p domain.Path, in io.Reader) error {
	text := gathered{c: c}
	f.tail = sink{b: f.b, w: &text}
	if err := f.from(0, in); err != nil {
		return err
	}
	return c.Tree().Append(p, text.Bytes())
}

// gathered is what is appended all at once, which the redirect holds until then.
type gathered struct {
	bytes.Buffer
	c *Call
}

// Write implements io.Writer.
func (g *gathered) Write(p []byte) (int, error) {
	if err := g.c.Hold(len(p)); err != nil {
		return 0, err
	}
	return g.Buffer.Write(p)
}
