package regapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
)

// formState is the request's parameters, decoded on first use.
type formState struct {
	form.Params
	read bool
	err  error
	head *form.Params // those of the beginning of a long body; nil: not decoded
}

func (f *formState) reset() {
	f.Params.Reset()
	f.read, f.err, f.head = false, nil, nil
}

// formParams is domain.Request.Form.
func (c *call) formParams() ([]domain.Param, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.params()
	if len(c.form.List) == 0 {
		return nil, err
	}
	return c.form.List, err
}

// params decodes the parameters of query and body. A body's site and ticket do not
// count where the query has them. After an error there are those of the query only.
func (c *call) params() error {
	f := &c.form
	if f.read {
		return f.err
	}
	f.read = true
	if f.err = c.queryParams(); f.err != nil {
		return f.err
	}
	n := len(f.List)
	if f.err = c.bodyParams(); f.err != nil {
		f.List = f.List[:n]
	}
	if errors.Is(f.err, context.Canceled) {
		f.err = domain.Wrap(f.err, "e.canceled")
	}
	return f.err
}

// bodyKind is how a body is read as parameters.
type bodyKind struct{ form, multi, json bool }

// kind is how the request's body is read, and the boundary of a multipart one.
func (c *call) kind() (k bodyKind, boundary string) {
	name, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	k = bodyKind{name == "application/x-www-form-urlencoded", name == "multipart/form-data", isJSONType(name)}
	return k, params["boundary"]
}

func (c *call) bodyParams() error {
	kind, boundary := c.kind()
	if kind == (bodyKind{}) {
		return nil
	}
	if err := c.readBody(); err != nil || c.body.len == 0 {
		return err
	}
	if c.body.len <= guardHead {
		return c.decode(c.r.Context(), kind, boundary)
	}
	if !kind.multi && c.body.len <= form.MaxBytes && !c.hold.Memory(decoded*c.body.len) {
		return c.hold.Refuse()
	}
	return c.inTurns(func(ctx context.Context) error { return c.decode(ctx, kind, boundary) })
}

// decode decodes a body that was read.
func (c *call) decode(ctx context.Context, kind bodyKind, boundary string) error {
	if kind.multi {
		return c.form.Multipart(ctx, c.body.reader(), boundary)
	}
	if kind.form {
		text, err := c.body.text(form.MaxBytes)
		if err != nil {
			return err
		}
		return c.form.Form(ctx, text)
	}
	raw, err := c.body.bytes(form.MaxBytes)
	if err != nil {
		return err
	}
	if c.body.file == nil { // the memory is used again
		raw = bytes.Clone(raw)
	}
	return c.form.JSON(ctx, raw)
}

// decoded is how many times its length a body takes in memory when it is read as
// parameters.
const decoded = 3

// headParams are the parameters of the beginning of the body, as far as the guard may
// read it. Those of a body that ends there are all.
func (c *call) headParams() (*form.Params, error) {
	kind, boundary := c.kind()
	if kind == (bodyKind{}) {
		return &c.form.Params, nil
	}
	err := c.readHead()
	if c.body.read {
		return &c.form.Params, cmp.Or(err, c.params())
	}
	if c.form.head != nil || err != nil {
		return c.form.head, err
	}
	p := &form.Params{}
	c.form.head = p
	if err := p.Query(c.r.URL.RawQuery); err != nil {
		return p, err
	}
	switch head := c.body.mem; {
	case kind.form:
		return p, p.FormHead(c.r.Context(), string(head))
	case kind.multi:
		return p, p.MultipartHead(c.r.Context(), bytes.NewReader(head), boundary)
	default:
		return p, p.JSONHead(string(head))
	}
}

// queryParams takes the parameters of the query, stand-ins included.
func (c *call) queryParams() error {
	if err := c.form.Query(c.r.URL.RawQuery); err != nil || c.ep == nil || !c.mapped {
		return err
	}
	for _, cc := range c.ep.settings.copyCookie {
		if _, ok := form.Lookup(c.r.URL.RawQuery, cc.param, true); ok {
			continue
		}
		if v, ok := c.cookie(cc.cookie, false); ok {
			if err := c.form.AddQuery(cc.param, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *body) reader() io.Reader {
	if b.file != nil {
		return io.NewSectionReader(b.file, 0, b.len)
	}
	return bytes.NewReader(b.mem)
}
