package form

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Multipart adds the fields of an uploaded form; its files are skipped.
func (p *Params) Multipart(ctx context.Context, in io.Reader, boundary string) error {
	r, err := Parts(ctx, in, boundary)
	if err != nil {
		return err
	}
	n, left := 0, int64(MaxBytes)
	for {
		part, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue
		}
		value, err := readField(part, &left)
		if err != nil {
			return err
		}
		if err := p.add(domain.Param{Name: part.FormName(), Value: value}, &n); err != nil {
			return err
		}
	}
}

// readField reads a field's value; left is how many bytes all fields may still have.
func readField(part io.Reader, left *int64) (string, error) {
	var b strings.Builder
	size, err := io.Copy(&b, io.LimitReader(part, *left+1))
	if err != nil {
		return "", broken(err)
	}
	if *left -= size; *left < 0 {
		return "", domain.E("e.api.body.toolarge", domain.Textf("字段最多 %v 字节", "the fields may have %v bytes", MaxBytes)).With(bound{"bytes", MaxBytes})
	}
	return b.String(), nil
}

// PartReader reads the parts of a multipart body, counted and bounded.
type PartReader struct {
	in   bounded
	r    *multipart.Reader
	part *multipart.Part // the last one
	n    int
}

// Parts reads a multipart body.
func Parts(ctx context.Context, in io.Reader, boundary string) (*PartReader, error) {
	switch {
	case boundary == "":
		return nil, domain.E("e.api.request", domain.Text{ZH: "multipart 缺少 boundary", EN: "multipart without a boundary"})
	case len(boundary) > MaxBoundary:
		return nil, over("boundary", MaxBoundary, domain.Textf("multipart 的 boundary 最多 %v 字节", "a multipart boundary may have %v bytes", MaxBoundary))
	}
	r := &PartReader{in: bounded{ctx: ctx, r: in}}
	r.r = multipart.NewReader(&r.in, boundary)
	return r, nil
}

// Next is the next part as it was sent, io.EOF at the end.
func (r *PartReader) Next() (*multipart.Part, error) {
	if r.n++; r.n > MaxParts+1 {
		return nil, tooManyParts()
	}
	if r.part != nil { // so that what is read next is a head
		if _, err := io.Copy(io.Discard, r.part); err != nil {
			return nil, broken(err)
		}
	}
	r.in.bound(MaxPartHead + ahead)
	part, err := r.r.NextRawPart()
	r.in.bound(-1)
	switch r.part = part; {
	case r.in.err != nil:
		return nil, r.in.err
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, broken(err)
	case r.n > MaxParts:
		return nil, tooManyParts()
	}
	return part, nil
}

// ahead is how many bytes a multipart reader may read more than it needs.
const ahead = 8 << 10

func tooManyParts() error {
	return over("parts", MaxParts, domain.Textf("multipart 最多 %v 个部分", "a multipart body may have %v parts", MaxParts))
}

func broken(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return domain.Wrap(err, "e.api.request", domain.Text{ZH: "multipart 请求体已损坏", EN: "the multipart body is broken"})
}

// bounded reads as long as its context lasts, and no more than its bound.
type bounded struct {
	ctx  context.Context
	r    io.Reader
	left int   // -1: no bound
	err  error // why it refused to read
}

func (b *bounded) bound(n int) { b.left = n }

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.err == nil {
		b.err = b.ctx.Err()
	}
	if b.left == 0 && b.err == nil {
		b.err = over("head", MaxPartHead, domain.Textf("multipart 一部分的头最多 %v 字节", "the head of a part may have %v bytes", MaxPartHead))
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.left > 0 {
		p = p[:min(len(p), b.left)]
	}
	n, err := b.r.Read(p)
	if b.left > 0 {
		b.left -= n
	}
	return n, err
}
