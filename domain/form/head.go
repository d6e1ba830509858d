package form

import (
	"context"
	"io"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// What the beginning of a long body says, for whoever has to decide before the rest is
// read. A parameter that the beginning does not hold to its end is none, and what is
// wrong with the body is for the reader of the whole to tell.

// FormHead is Form of the beginning of an urlencoded body.
func (p *Params) FormHead(ctx context.Context, raw string) error {
	return p.Form(ctx, raw[:strings.LastIndexByte(raw, '&')+1])
}

// MultipartHead is Multipart of the beginning of a multipart body.
func (p *Params) MultipartHead(ctx context.Context, in io.Reader, boundary string) error {
	err := p.Multipart(ctx, in, boundary)
	if domain.CodeOf(err) == "e.api.request" { // it ends in the middle
		return nil
	}
	return err
}

// JSONHead is JSON of the beginning of a JSON body.
func (p *Params) JSONHead(raw string) error {
	n := 0
	var err error
	if doc := gjson.Parse(raw); doc.IsObject() {
		doc.ForEach(func(k, v gjson.Result) bool {
			if v.Index+len(v.Raw) >= len(raw) { // cut off, or nobody knows
				return false
			}
			err = p.add(domain.Param{Name: k.Str, Value: valueText(v)}, &n)
			return err == nil
		})
	}
	return err
}
