package thingset

import (
	"bytes"
	"context"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Query asks for things of a set.
type Query struct {
	Match       *Matcher // nil: all
	Sort        []Order  // none: by id
	Skip, Limit int      // Limit 0: no limit
	Bin         bool     // things in the bin, too
}

// Order is one key to sort by.
type Order struct {
	Key  string
	Desc bool
}

// ParseSort reads {"ct":-1,"nm":1}: e.thing.match for anything else.
func ParseSort(n *relaxed.Node) ([]Order, error) {
	if n.Kind != relaxed.Object {
		return nil, domain.E("e.thing.match", "sort: want {key:1} or {key:-1}")
	}
	var list []Order
	for _, f := range n.Fields {
		switch n := string(f.Value.AppendJSON(nil)); {
		case !validPath(f.Key):
			return nil, domain.E("e.thing.match", "sort: no key path")
		case n == "1":
			list = append(list, Order{Key: f.Key})
		case n == "-1":
			list = append(list, Order{Key: f.Key, Desc: true})
		default:
			return nil, domain.E("e.thing.match", "sort:", f.Key, "wants 1 or -1")
		}
	}
	return list, nil
}

// Query finds things.
func (s *Set) Query(ctx context.Context, q Query) (Page, error) {
	list, sorted, err := s.find(ctx, q)
	if err != nil {
		return Page{}, err
	}
	if !sorted {
		sortRecords(list, q.Sort)
	}
	return paged(list, q), nil
}

// find gives all things that match, and whether they are in order already.
func (s *Set) find(ctx context.Context, q Query) (list []Record, sorted bool, err error) {
	r := Range{Index: "id"}
	sorted = len(q.Sort) == 0
	if len(q.Sort) == 1 && s.ordered(q.Sort[0].Key) {
		r, sorted = Range{Index: q.Sort[0].Key, Desc: q.Sort[0].Desc}, true
	}
	for rec, err := range s.db.store.Scan(ctx, s.dom(), s.name, r) {
		if err != nil {
			return nil, false, err
		}
		if (s.plain || q.Bin || !inBin(rec.Body)) && q.Match.Match(rec.Body) {
			list = append(list, rec)
		}
	}
	return list, sorted, nil
}

// ordered reports whether the engine keeps a key in order.
func (s *Set) ordered(key string) bool {
	return key == "id" || key == "ct" || key == "lm" || slices.Contains(s.def.Indexes, key)
}

// sortRecords sorts by some keys, and by id where they are equal.
func sortRecords(list []Record, order []Order) {
	type keyed struct {
		rec  Record
		keys [][]byte
	}
	all := make([]keyed, len(list))
	for i, r := range list {
		all[i] = keyed{rec: r, keys: make([][]byte, len(order))}
		for k, o := range order {
			all[i].keys[k] = SortKey(nil, Field(r.Body, o.Key))
		}
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		for k, o := range order {
			c := bytes.Compare(a.keys[k], b.keys[k])
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	for i := range all {
		list[i] = all[i].rec
	}
}

// Page is what a query found.
type Page struct {
	List  []Record
	Pager Pager
}

// Pager says where in all that matches a page lies. Page counts from 1; Size 0
// is no limit.
type Pager struct{ Page, Size, Pages, Sum, Skip, Count int }

func paged(all []Record, q Query) Page {
	p := Pager{Page: 1, Pages: 1, Size: q.Limit, Sum: len(all), Skip: q.Skip}
	list := all[min(q.Skip, len(all)):]
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
		p.Page = q.Skip/q.Limit + 1
		p.Pages = (len(all) + q.Limit - 1) / q.Limit
	}
	p.Count = len(list)
	return Page{List: list, Pager: p}
}

// AppendList appends the things as a JSON array; view appends what of a record
// is shown, nil all of it.
func (p Page) AppendList(dst []byte, view func(dst, body []byte) []byte) []byte {
	dst = append(dst, '[')
	for i, r := range p.List {
		if i > 0 {
			dst = append(dst, ',')
		}
		if view == nil {
			dst = append(dst, r.Body...)
		} else {
			dst = view(dst, r.Body)
		}
	}
	return append(dst, ']')
}

// AppendPaged appends {"list":[…],"pager":{pn,pgsz,pgc,sum,skip,count}}.
func (p Page) AppendPaged(dst []byte, view func(dst, body []byte) []byte) []byte {
	dst = p.AppendList(append(dst, `{"list":`...), view)
	return append(p.Pager.append(append(dst, `,"pager":`...)), '}')
}
