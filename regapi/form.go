package regapi

import (
	"bytes"
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
}

func (f *formState) reset() {
	f.Params.Reset()
	f.read, f.err = false, nil
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

func (c *call) bodyParams() error {
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	isForm, isMulti := kind == "application/x-www-form-urlencoded", kind == "multipart/form-data"
	if !isForm && !isMulti && !isJSONType(kind) {
		return nil
	}
	if err := c.readBody(); err != nil || c.body.len == 0 {
		return err
	}
	ctx := c.r.Context()
	if isMulti {
		return c.form.Multipart(ctx, c.body.reader(), params["boundary"])
	}
	raw, err := c.body.bytes(form.MaxBytes)
	if err != nil {
		return err
	}
	if isForm {
		return c.form.Form(ctx, string(raw))
	}
	return c.form.JSON(ctx, bytes.Clone(raw))
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
