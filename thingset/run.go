package thingset

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// run is a query on its way. One goroutine uses it, once.
type run struct {
	s      *Set
	ctx    context.Context
	look   look
	q      Query
	def    Def
	orders []Order
	count  bool // everything that matches is to be counted

	pace    func() error // nil: it need not wait
	walked  int
	way     string
	read    int
	matched int  // so far
	whole   bool // matched is all
	small   bool // has the part of sortRoom for records that are kept as they are
	most    int  // bytes that keys took, for tests
	passes  int  // over what a sort did not hold at once
}

func (s *Set) newRun(ctx context.Context, q Query) (*run, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return &run{s: s, ctx: ctx, look: look{Context: ctx}, pace: domain.PaceOf(ctx), q: q, def: st.schema.def, orders: q.orders()}, nil
}

func (r *run) plan() Plan { return Plan{Way: r.way, Read: r.read} }

// keep reports whether a record that was read belongs to the answer.
func (r *run) keep(rec Record) bool {
	r.read++
	if !r.fits(rec) {
		return false
	}
	r.matched++
	return true
}

func (r *run) fits(rec Record) bool {
	if r.q.Match == nil {
		return r.q.Bin || !r.s.inBin(rec)
	}
	return (r.q.Bin || !r.s.inBin(rec)) && r.q.Match.match(&r.look, text(rec.Body)) && r.look.ended == nil
}

// sorts is the room that the sort shares.
func (r *run) sorts() *sortRoom {
	if r.q.shared != nil {
		return r.q.shared
	}
	return sorts
}

// holds reports whether records of so many bytes may be kept as they are.
func (r *run) holds(size int) bool {
	switch {
	case r.q.room > 0:
		return size <= r.q.room
	case size > tinySort && !r.small:
		r.small = r.sorts().takeSmall()
	}
	return size <= tinySort || r.small && size <= smallSort
}

// letGo keeps no records any more.
func (r *run) letGo() {
	if r.small {
		r.small = false
		r.sorts().putSmall()
	}
}

// page walks the query's page.
func (r *run) page() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		defer r.letGo()
		top, err := r.lookUp()
		if err == nil && top == nil {
			top, err = r.walk(yield)
		}
		if err == nil && top != nil {
			err = top.give(yield)
		}
		if err == nil && r.look.ended != nil {
			err = Canceled(r.ctx)
		}
		if err != nil {
			yield(Record{}, err)
		}
	}
}

// lookUp gathers by ids and unique keys; nil when that is no way.
func (r *run) lookUp() (*top, error) {
	points, ok := r.points(r.def)
	if !ok {
		return nil, nil
	}
	r.way = "id"
	top := newTop(r, func(do func(Record)) error { return r.eachPoint(points, do) })
	err := top.source(func(rec Record) {
		if r.keep(rec) {
			top.add(rec)
		}
	})
	if err = cmp.Or(err, top.err); err != nil {
		top.clear()
		return nil, err
	}
	r.whole = true
	return top, nil
}

// eachPoint gives the records of look-ups, each once.
func (r *run) eachPoint(points []point, do func(Record)) error {
	seen := map[string]bool{}
	for _, p := range points {
		rec, err := r.get(p)
		if domain.CodeOf(err) == "e.thing.noexists" {
			continue
		}
		if err != nil {
			return err
		}
		if !seen[rec.ID] {
			do(rec)
		}
		seen[rec.ID] = true
	}
	return nil
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

// walk goes through an index. It gives what it has gathered, or nil when the page
// was given to yield.
func (r *run) walk(yield func(Record, error) bool) (*top, error) {
	narrow, ordered, union, err := r.ways()
	if err != nil {
		return nil, err
	}
	paged := r.q.Limit > 0 && !r.count
	switch {
	case union != nil:
		r.way = ways(union)
		if top, err := r.gather(union, paged && ordered != nil); top != nil || err != nil {
			return top, err
		}
	case narrow != nil && narrow.order == len(r.orders), narrow != nil && paged && narrow.order > 0:
		r.way = narrow.name()
		return r.inOrder(narrow, yield)
	case narrow != nil:
		r.way = narrow.name()
		if top, err := r.gather([]*path{narrow}, paged && ordered != nil); top != nil || err != nil {
			return top, err
		}
	}
	if ordered == nil || r.q.Limit == 0 && ordered.order < len(r.orders) {
		r.way = "scan"
		return r.gather([]*path{newPath("id")}, false)
	}
	if r.way != "" {
		r.way += ", then "
	}
	r.way += ordered.name()
	return r.inOrder(ordered, yield)
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

// gather reads all of some paths. With give it gives up once it has read too much,
// and returns nil.
func (r *run) gather(paths []*path, give bool) (*top, error) {
	top := newTop(r, func(do func(Record)) error {
		return r.each(paths, func(rec Record) bool { do(rec); return true })
	})
	start, tooMuch := r.read, false
	err := r.each(paths, func(rec Record) bool {
		if r.keep(rec) {
			top.add(rec)
		}
		tooMuch = give && r.read-start > maxGather
		return !tooMuch && top.err == nil
	})
	if err = cmp.Or(err, top.err); err != nil || tooMuch {
		top.clear()
		if tooMuch {
			r.matched = 0
		}
		return nil, err
	}
	r.whole = true
	return top, nil
}

// each gives the records of some paths, each once, until do says false.
func (r *run) each(paths []*path, do func(Record) bool) error {
	var key []byte
	for i, p := range paths {
		for rec, err := range r.along(p) {
			if err != nil {
				return err
			}
			before := false
			for _, o := range paths[:i] {
				if before, key = o.holds(rec, key); before {
					break
				}
			}
			if !before && !do(rec) {
				return nil
			}
		}
	}
	return nil
}

// holds reports whether a record lies on the path; key is a buffer.
func (p *path) holds(rec Record, key []byte) (bool, []byte) {
	if key = key[:0]; p.index == "id" {
		key = appendTextKey(append(key, tagString), rec.ID)
	} else {
		key = IndexKey(key, p.index, rec.Body)
	}
	return slices.ContainsFunc(p.spans, func(s keySpan) bool {
		return bytes.Compare(key, s.from) >= 0 && (s.to == nil || bytes.Compare(key, s.to) < 0)
	}), key
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
				if err == nil {
					err = r.paced()
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// paceEvery is after how many records a walk waits for its turn: about a millisecond.
const paceEvery = 1024

func (r *run) paced() error {
	if r.walked++; r.walked%paceEvery != 0 || r.pace == nil {
		return nil
	}
	return r.pace()
}

// inOrder gives the page from a path that leads in the query's order, or in the
// order of its first keys: then what is equal in these is sorted. When that is too
// much to be kept it returns what is left of the page, gathered.
func (r *run) inOrder(p *path, yield func(Record, error) bool) (*top, error) {
	w := &window{skip: r.q.Skip, limit: r.q.Limit, yield: yield}
	group := newGroup(r, p.order)
	for rec, err := range r.along(p) {
		if err != nil {
			return nil, err
		}
		if !r.keep(rec) || w.full {
			continue
		}
		more := group.add(rec, w)
		switch {
		case group.over:
			return r.behind(p, group.key, w)
		case !more && !r.count, w.gone:
			return nil, nil
		}
	}
	group.flush(w)
	r.whole = true
	return nil, nil
}

// behind gathers the rest of a page: what matches from the key of a group on.
func (r *run) behind(p *path, key []byte, w *window) (*top, error) {
	top := newTop(r, func(do func(Record)) error {
		return r.each([]*path{p}, func(rec Record) bool { do(rec); return true })
	})
	if top.skip = w.skip; w.limit > 0 {
		top.limit = w.limit - w.n
	}
	r.letGo()
	lean, err := newLean(r, top.most(), key)
	if err != nil {
		return nil, err
	}
	top.lean, r.matched = lean, 0
	err = top.source(func(rec Record) {
		if r.keep(rec) {
			top.add(rec)
		}
	})
	if err != nil {
		top.clear()
		return nil, err
	}
	r.whole = true
	return top, nil
}
