package thingset

import (
	"context"
	"iter"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// Query asks for things of a set.
type Query struct {
	Match       *Matcher // nil: all
	Sort        []Order  // none: by id
	Skip, Limit int      // Limit 0: no limit
	Bin         bool     // things in the bin too
	NoSum       bool     // the pager is not wanted: spares counting all that match

	room   int       // bounds what a sort keeps, in bytes, in tests; 0 is as usual
	shared *sortRoom // what sorts share, in tests; nil is the room of this process
}

// Order is a key to sort by, in the order of SortKey. Where all keys are equal
// things are in the order of their ids, in the direction of the last key.
type Order struct {
	Key  string
	Desc bool
}

// maxOrders bounds the keys of a sort: all of every thing are looked for.
const maxOrders = 32

// ParseSort reads {"ct":-1,"nm":1}. Nil is no order. Anything else is
// e.thing.match.
func ParseSort(n *relaxed.Node) ([]Order, error) {
	if n == nil || n.Kind == relaxed.Null {
		return nil, nil
	}
	if n.Kind != relaxed.Object {
		return nil, domain.E("e.thing.match", domain.Text{ZH: "排序应写作 {键:1} 或 {键:-1}", EN: "sort: want {key:1} or {key:-1}"})
	}
	if len(n.Fields) > maxOrders {
		return nil, domain.E("e.thing.match", domain.Textf("排序最多 %v 个键", "sort: at most %v keys", maxOrders))
	}
	var out []Order
	for _, f := range n.Fields {
		way := f.Value.String()
		switch {
		case !validPath(f.Key):
			return nil, domain.E("e.thing.match", domain.Textf("排序：不是键的路径：%v", "sort: no key path: %v", cut(f.Key)))
		case way != "1" && way != "-1":
			return nil, domain.E("e.thing.match", domain.Textf("排序：%v 只能是 1 或 -1", "sort: %v wants 1 or -1", cut(f.Key)))
		}
		out = append(out, Order{f.Key, way == "-1"})
	}
	return out, nil
}

// Check refuses a query that cannot be.
func (q *Query) Check() error {
	if q.Skip < 0 || q.Limit < 0 {
		return domain.E("e.cmd.arg", domain.Text{ZH: "skip 与 limit 不能为负", EN: "skip and limit cannot be negative"})
	}
	return nil
}

// Query is a page of the things that match. What commits while it runs may be
// seen or not.
func (s *Set) Query(ctx context.Context, q Query) (Page, error) {
	f, err := s.Walk(ctx, q)
	if err != nil {
		return Page{}, err
	}
	page := Page{List: []Record{}}
	for rec, err := range f.Each() {
		if err != nil {
			return Page{}, err
		}
		page.List = append(page.List, rec)
	}
	page.Plan, page.Pager = f.Plan(), f.Pager()
	return page, nil
}

// Each walks the page of a query. Where the plan allows things are read as the
// walk asks for them.
func (s *Set) Each(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		r, err := s.newRun(ctx, q)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for rec, err := range r.page() {
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Found is the page of a query that is not gathered: it is walked once, and then it
// has a pager and a plan. One goroutine uses it.
type Found struct {
	r *run
	n int // things of the page so far
}

// Walk is Query of a page that is not gathered.
func (s *Set) Walk(ctx context.Context, q Query) (*Found, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	r, err := s.newRun(ctx, q)
	if err != nil {
		return nil, err
	}
	r.count = !q.NoSum
	return &Found{r: r}, nil
}

// Each walks the page.
func (f *Found) Each() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for rec, err := range f.r.page() {
			if err == nil {
				f.n++
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Bodies walks what is to be seen of the page's things: view appends that of a body.
// The bytes are overwritten by the next one's.
func (f *Found) Bodies(view func(dst, body []byte) []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var item []byte
		for rec, err := range f.Each() {
			if err == nil {
				item = view(item[:0], rec.Body)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// Pager is the pager of a page that was walked.
func (f *Found) Pager() Pager {
	sum := -1
	if f.r.count || f.r.whole {
		sum = f.r.matched
	}
	return PagerOf(f.r.q, f.n, sum)
}

// Plan says how the page was found, when it was walked.
func (f *Found) Plan() Plan { return f.r.plan() }

// One is the first thing that a query finds: e.thing.noexists when there is
// none.
func (s *Set) One(ctx context.Context, q Query) (Record, error) {
	q.Limit, q.NoSum = 1, true
	for rec, err := range s.Each(ctx, q) {
		return rec, err
	}
	return Record{}, NoThing(s.name, "that matches")
}

// orders are the keys of a query with the id, by which every order is total.
func (q *Query) orders() []Order {
	desc := len(q.Sort) > 0 && q.Sort[len(q.Sort)-1].Desc
	if i := slices.IndexFunc(q.Sort, func(o Order) bool { return o.Key == "id" }); i >= 0 {
		return q.Sort[:i+1]
	}
	return append(slices.Clip(q.Sort), Order{"id", desc})
}
