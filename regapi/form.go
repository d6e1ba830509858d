package regapi

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

const (
	formMax   = 8 << 20 // of a body that is read as parameters
	formParts = 1000    // fields of a multipart body
	jsonDepth = 256     // nesting of a JSON body
)

// form is the request's parameters, decoded on first use.
type form struct {
	read bool
	err  error
	list []domain.Param
	doc  []byte // the body when it is a JSON object
}

func (f *form) reset() {
	clear(f.list)
	*f = form{list: f.list[:0]}
}

// formParams is domain.Request.Form.
func (c *call) formParams() ([]domain.Param, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.params()
}

// params are the parameters of query and body. A body's site and ticket do not
// count where the query has them.
func (c *call) params() ([]domain.Param, error) {
	f := &c.form
	if !f.read {
		f.read = true
		f.list, f.err = c.queryParams(), nil
		n := len(f.list)
		if f.err = c.bodyParams(f); f.err != nil {
			f.list = f.list[:n]
		}
	}
	return f.list, f.err
}

// add appends a parameter of the body.
func (f *form) add(p domain.Param) {
	if p.Name == "site" || p.Name == "ticket" {
		for _, q := range f.list {
			if q.Name == p.Name && !q.Body {
				return
			}
		}
	}
	p.Body = true
	f.list = append(f.list, p)
}

func (c *call) bodyParams(f *form) error {
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	isForm, isMulti := kind == "application/x-www-form-urlencoded", kind == "multipart/form-data"
	if !isForm && !isMulti && !isJSONType(kind) {
		return nil
	}
	if err := c.readBody(); err != nil || c.body.len == 0 {
		return err
	}
	if isMulti {
		return f.multipart(c.body.reader(), params["boundary"])
	}
	raw, err := c.body.bytes(formMax)
	if err != nil {
		return err
	}
	if isForm {
		for k, v := range pairs(string(raw)) {
			f.add(domain.Param{Name: k, Value: v})
		}
		return nil
	}
	return f.json(bytes.Clone(raw))
}

func (b *body) reader() io.Reader {
	if b.file != nil {
		return io.NewSectionReader(b.file, 0, b.len)
	}
	return bytes.NewReader(b.mem)
}

// json takes the members of a JSON object. Anything else has no parameters.
func (f *form) json(raw []byte) error {
	if tooDeep(raw) || !gjson.ValidBytes(raw) {
		return domain.E("e.json", domain.Text{ZH: "请求体", EN: "the request body"})
	}
	if at := relaxed.BadByte(string(raw)); at >= 0 {
		return domain.E("e.json", domain.Textf("请求体在第 %v 字节处不是 UTF-8", "the request body is not UTF-8 at byte %v", at))
	}
	doc := gjson.ParseBytes(raw)
	if !doc.IsObject() {
		return nil
	}
	f.doc = raw
	doc.ForEach(func(k, v gjson.Result) bool {
		f.add(domain.Param{Name: k.Str, Value: paramText(v), JSON: []byte(v.Raw)})
		return true
	})
	return nil
}

// paramText is a JSON value as a parameter's text: numbers as they were
// written, null as nothing.
func paramText(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Null:
		return ""
	}
	return v.Raw
}

// tooDeep keeps a document of nothing but brackets away from readers that
// recurse.
func tooDeep(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > jsonDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// multipart takes the fields of an uploaded form; its files stay in the body.
func (f *form) multipart(in io.Reader, boundary string) error {
	if boundary == "" {
		return domain.E("e.api.request", domain.Text{ZH: "multipart 缺少 boundary", EN: "multipart without a boundary"})
	}
	r, left := multipart.NewReader(in, boundary), int64(formMax)
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return domain.Wrap(err, "e.api.request", domain.Text{ZH: "multipart 请求体已损坏", EN: "the multipart body is broken"})
		}
		if n == formParts {
			return domain.E("e.api.request", domain.Text{ZH: "字段过多", EN: "too many fields"})
		}
		if p.FileName() != "" || p.FormName() == "" {
			continue
		}
		var b strings.Builder
		size, err := io.Copy(&b, io.LimitReader(p, left+1))
		if err != nil {
			return domain.Wrap(err, "e.api.request", domain.Text{ZH: "multipart 请求体已损坏", EN: "the multipart body is broken"})
		}
		if left -= size; left < 0 {
			return domain.E("e.api.body.toolarge", domain.Textf("字段最多 %v 字节", "the fields may have %v bytes", formMax))
		}
		f.add(domain.Param{Name: p.FormName(), Value: b.String()})
	}
}
