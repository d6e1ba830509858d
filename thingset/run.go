package thingset

import (
	"context"
	"iter"
	"strings"

	"github.com/caryahq/carya/domain"
)

// run is a query on its way. One goroutine uses it, once.
type run struct {
	s      *Set
	ctx    context.Context
	q      Query
	def    Def
	orders []Order
	count  bool // everything that matches is to be counted

	way     string
	read    int
	matched int  // so far
	whole   bool // matched is all
}

func (s *Set) newRun(ctx context.Context, q Query) (*run, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return &run{s: s, ctx: ctx, q: q, def: st.schema.def, orders: q.orders()}, nil
}

func (r *run) plan() Plan { return Plan{Way: r.way, Read: r.read} }

// keep reports whether a record that was read belongs to the answer.
func (r *run) keep(rec Record) bool {
	r.read++
	if !r.q.Bin && r.s.inBin(rec) || !r.q.Match.Match(rec.Body) {
		return false
	}
	r.matched++
	return true
}

// page walks the query's page.
func (r *run) page() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		top := newTop(r.orders, r.q)
		done, err := r.lookUp(top)
		if err == nil && !done {
			done, err = r.walk(top, yield)
		}
		if err != nil {
			yield(Record{}, err)
			return
		}
		if !done {
			return // yield had enough, or walked in order
		}
		for _, rec := range top.page() {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// lookUp gathers by ids and unique keys; done is false when that is no way.
func (r *run) lookUp(top *top) (done bool, err error) {
	points, ok := r.points(r.def)
	if !ok {
		return false, nil
	}
	r.way = "id"
	seen := map[string]bool{}
	for _, p := range points {
		rec, err := r.get(p)
		if domain.CodeOf(err) == "e.thing.noexists" {
			continue
		}
		if err != nil {
			return false, err
		}
		if !seen[rec.ID] && r.keep(rec) {
			top.add(rec)
		}
		seen[rec.ID] = true
	}
	r.whole = true
	return true, nil
}

func (r *run) get(p point) (Record, error) {
	if p.key < 0 {
		return r.s.Any(r.ctx, p.values[0])
	}
	r.way = "unique key " + strings.Join(r.def.Unique[p.key], "+")
	return r.s.db.store.Find(r.ctx, r.s.dom(), r.s.name, p.key, p.values...)
}

// maxGather is how much is read along an index that narrows before another one,
// in whose order the page is, is thought to be the shorter way.
const maxGather = 4096

// walk goes through an index. done says that the page is in top; otherwise it
// was given to yield.
func (r *run) walk(top *top, yield func(Record, error) bool) (done bool, err error) {
	narrow, ordered, union, err := r.ways()
	if err != nil {
		return false, err
	}
	paged := r.q.Limit > 0 && !r.count
	switch {
	case union != nil:
		r.way = ways(union)
		done, err := r.gather(top, union, paged && ordered != nil)
		if done || err != nil {
			return done, err
		}
	case narrow != nil && narrow.order == len(r.orders), narrow != nil && paged && narrow.order > 0:
		r.way = narrow.name()
		return false, r.inOrder(narrow, yield)
	case narrow != nil:
		r.way = narrow.name()
		done, err := r.gather(top, []*path{narrow}, paged && ordered != nil)
		if done || err != nil {
			return done, err
		}
	}
	if ordered == nil || r.q.Limit == 0 && ordered.order < len(r.orders) {
		r.way = "scan"
		return r.gather(top, []*path{newPath("id")}, false)
	}
	if r.way != "" {
		r.way += ", then "
	}
	r.way += ordered.name()
	return false, r.inOrder(ordered, yield)
}

// name is what a plan calls the path.
func (p *path) name() string {
	if p.some {
		return "index " + p.index
	}
	return "order of " + p.index
}

func ways(paths []*path) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.name()
	}
	return strings.Join(names, " and ")
}

// ways are the paths for the match: one that narrows, or one for each of its
// alternatives.
func (r *run) ways() (narrow, ordered *path, union []*path, err error) {
	if r.q.Match == nil || len(r.q.Match.any) == 0 {
		narrow, ordered, err = r.choose(nil)
		return narrow, ordered, nil, err
	}
	for i, all := range r.q.Match.any {
		n, o, err := r.choose(all)
		if err != nil {
			return nil, nil, nil, err
		}
		if narrow = n; i == 0 {
			ordered = o
		}
		if n != nil {
			union = append(union, n)
		}
	}
	switch {
	case len(r.q.Match.any) == 1:
		return narrow, ordered, nil, nil
	case len(union) < len(r.q.Match.any):
		_, ordered, err = r.choose(nil)
		return nil, ordered, nil, err
	}
	_, ordered, err = r.choose(nil)
	return nil, ordered, union, err
}

// gather reads all of some paths into top. With give it gives up once it has
// read too much; done is false then.
func (r *run) gather(top *top, paths []*path, give bool) (done bool, err error) {
	seen := map[string]bool{}
	start := r.read
	for _, p := range paths {
		for rec, err := range r.along(p) {
			if err != nil {
				return false, err
			}
			if len(paths) > 1 {
				if seen[rec.ID] {
					continue
				}
				seen[rec.ID] = true
			}
			if r.keep(rec) {
				top.add(rec)
			}
			if give && r.read-start > maxGather {
				r.matched = 0
				top.clear()
				return false, nil
			}
		}
	}
	r.whole = true
	return true, nil
}

// along walks the records of a path.
func (r *run) along(p *path) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for i := range p.spans {
			s := p.spans[i]
			if p.desc {
				s = p.spans[len(p.spans)-1-i]
			}
			for rec, err := range r.s.db.store.Scan(r.ctx, r.s.dom(), r.s.name, Range{Index: p.index, From: s.from, To: s.to, Desc: p.desc}) {
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// inOrder gives the page from a path that leads in the query's order, or in the
// order of its first keys: then what is equal in these is sorted.
func (r *run) inOrder(p *path, yield func(Record, error) bool) error {
	w := &window{skip: r.q.Skip, limit: r.q.Limit, yield: yield}
	group := newGroup(r.orders, p.order)
	for rec, err := range r.along(p) {
		if err != nil {
			return err
		}
		if !r.keep(rec) || w.full {
			continue
		}
		if !group.add(rec, w) && !r.count {
			return nil
		}
		if w.gone {
			return nil
		}
	}
	group.flush(w)
	r.whole = true
	return nil
}
