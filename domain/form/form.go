// Package form decodes what a caller sent (a query string, a form, a multipart form, a
// JSON body) into parameters. Whatever is sent, the work and the memory grow with its
// length and no faster, what can be counted is counted and bounded, and the work ends
// when nobody waits for it any more.
package form

import (
	"context"
	"strings"

	"github.com/caryahq/carya/domain"
)

// The bounds on the parameters of one request. Over one of them decoding ends with
// e.api.params or e.api.body.toolarge, whose detail names the bound and its size.
const (
	MaxBytes    = 8 << 20  // of a body that is read as parameters
	MaxParams   = 10_000   // parameters of query and body together, members of a JSON object among them
	MaxParts    = 1000     // parts of a multipart body, files among them
	MaxValues   = 200_000  // values at any depth of a JSON body
	MaxDepth    = 200      // nesting of a JSON body
	MaxBoundary = 70       // bytes of a multipart boundary (RFC 2046)
	MaxPartHead = 16 << 10 // bytes of the head of a part
)

// step is how many parameters are decoded between two looks at the context.
const step = 256

// Params are the parameters of a request: those of its query, then those of its body,
// in the order they were sent. The zero Params are empty. They are not safe for
// concurrent use.
type Params struct {
	List []domain.Param
	Doc  []byte // the body when it is a JSON object

	site, ticket bool           // the query has them
	first, last  map[string]int // of the body's parameters by name; nil: not made yet
}

// Reset empties p and keeps its memory.
func (p *Params) Reset() {
	clear(p.List)
	list := p.List[:0]
	if cap(list) > few*16 {
		list = nil
	}
	*p = Params{List: list}
}

// CheckQuery refuses a query string of more than MaxParams parameters. It allocates
// nothing.
func CheckQuery(raw string) error {
	if len(raw) <= MaxParams {
		return nil
	}
	n := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair != "" {
			n++
		}
	}
	if n > MaxParams {
		return TooMany()
	}
	return nil
}

// Query adds the parameters of a query string. It comes before any body.
func (p *Params) Query(raw string) error {
	for k, v := range Pairs(raw) {
		if err := p.AddQuery(k, v); err != nil {
			return err
		}
	}
	return nil
}

// AddQuery adds one parameter that counts as one of the query.
func (p *Params) AddQuery(name, value string) error {
	if len(p.List) == MaxParams {
		return TooMany()
	}
	p.site = p.site || name == "site"
	p.ticket = p.ticket || name == "ticket"
	p.List = append(p.List, domain.Param{Name: name, Value: value})
	return nil
}

// add adds a parameter of the body. A body's site and ticket do not count where the
// query has them; they are counted all the same.
func (p *Params) add(m domain.Param, n *int) error {
	if *n++; *n > MaxParams || len(p.List) == MaxParams {
		return TooMany()
	}
	if p.site && m.Name == "site" || p.ticket && m.Name == "ticket" {
		return nil
	}
	m.Body = true
	p.List = append(p.List, m)
	return nil
}

// Form adds the parameters of an urlencoded body. One with too many is refused before any
// memory is taken for them.
func (p *Params) Form(ctx context.Context, raw string) error {
	if err := CheckQuery(raw); err != nil {
		return err
	}
	n := 0
	for k, v := range Pairs(raw) {
		if err := p.add(domain.Param{Name: k, Value: v}, &n); err != nil {
			return err
		}
		if n%step == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// few is the number of parameters up to which a look along them is quicker than an
// index.
const few = 16

// Body returns the value of the last parameter of that name in the body.
func (p *Params) Body(name string) (string, bool) {
	if len(p.List) <= few {
		for i := len(p.List) - 1; i >= 0; i-- {
			if m := &p.List[i]; m.Body && m.Name == name {
				return m.Value, true
			}
		}
		return "", false
	}
	p.index()
	if i, ok := p.last[name]; ok {
		return p.List[i].Value, true
	}
	return "", false
}

// Member returns the JSON of the first member of that name of a JSON body.
func (p *Params) Member(name string) ([]byte, bool) {
	if p.Doc == nil {
		return nil, false
	}
	if len(p.List) <= few {
		for i := range p.List {
			if m := &p.List[i]; m.Body && m.Name == name {
				return m.JSON, true
			}
		}
		return nil, false
	}
	p.index()
	if i, ok := p.first[name]; ok {
		return p.List[i].JSON, true
	}
	return nil, false
}

// index finds the body's parameters by name.
func (p *Params) index() {
	if p.first != nil {
		return
	}
	p.first, p.last = map[string]int{}, map[string]int{}
	for i, m := range p.List {
		if !m.Body {
			continue
		}
		if _, seen := p.first[m.Name]; !seen {
			p.first[m.Name] = i
		}
		p.last[m.Name] = i
	}
}

// TooMany is the error of more than MaxParams parameters.
func TooMany() error {
	return over("params", MaxParams, domain.Textf("参数最多 %v 个", "a request may have %v parameters", MaxParams))
}

// bound is what an error over a bound carries for programs.
type bound struct {
	Bound string `json:"bound"`
	Max   int    `json:"max"`
}
