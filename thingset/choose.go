package thingset

import "slices"

// choose finds the ways for conditions: narrow leaves something out, ordered
// leads in the query's order, or in that of its first keys. Either may be nil;
// one may be both.
func (r *run) choose(all []cond) (narrow, ordered *path, err error) {
	for _, index := range r.s.indexes() {
		p := newPath(index)
		if p.narrow(all); p.some {
			if err := r.probe(p); err != nil {
				return nil, nil, err
			}
		}
		p.along(r.orders)
		if p.some && (narrow == nil || p.better(narrow)) {
			narrow = p
		}
		if p.order > 0 && (ordered == nil || p.order > ordered.order || p.order == ordered.order && p.some && !ordered.some) {
			ordered = p
		}
	}
	return narrow, ordered, nil
}

// better reports whether p leaves more out than o, as far as can be told without
// counting, or as much in a better order.
func (p *path) better(o *path) bool {
	a, b := [...]int{p.depth(), -p.wide(), p.order}, [...]int{o.depth(), -o.wide(), o.order}
	return slices.Compare(a[:], b[:]) > 0
}

// depth is the number of keys of the index that are fixed in every span.
func (p *path) depth() int {
	if len(p.spans) == 0 {
		return len(p.keys) + 1 // it leads nowhere: nothing matches
	}
	n := len(p.keys)
	for _, s := range p.spans {
		n = min(n, len(s.ends))
	}
	return n
}

// wide is 1 for a path with an open end, which is probably long.
func (p *path) wide() int {
	for _, s := range p.spans {
		if !s.point && (s.from == nil || s.to == nil) {
			return 1
		}
	}
	return 0
}

// maxProbes is up to how many spans are looked into before they are walked.
const maxProbes = 8

// probe leaves out spans in which there is nothing, so that what is left may be
// one value: text in place of a number, a list in place of text.
func (r *run) probe(p *path) error {
	if len(p.spans) > maxProbes {
		return nil
	}
	var some []keySpan
	for _, s := range p.spans {
		for _, err := range r.s.db.store.Scan(r.ctx, r.s.dom(), r.s.name, Range{Index: p.index, From: s.from, To: s.to}) {
			if err != nil {
				return err
			}
			some = append(some, s)
			r.read++
			break
		}
	}
	p.spans = some
	return nil
}

// maxPoints bounds the look-ups of one plan.
const maxPoints = 1000

// points are the look-ups that find everything that matches one of the
// alternatives; ok is false when there is another way to it only.
func (r *run) points(def Def) (list []point, ok bool) {
	if r.q.Match == nil {
		return nil, false
	}
	for _, all := range r.q.Match.any {
		more := pointsOf(all, def)
		if list = append(list, more...); more == nil || len(list) > maxPoints {
			return nil, false
		}
	}
	return list, true
}

// point is a look-up: by id when key is -1, else by a unique key.
type point struct {
	key    int
	values []string
}

// pointsOf are the look-ups for conditions that must all hold.
func pointsOf(all []cond, def Def) []point {
	if ids := textsOf(all, "id"); ids != nil {
		return product(-1, [][]string{ids})
	}
	for k, names := range def.Unique {
		lists := make([][]string, len(names))
		for i, name := range names {
			lists[i] = textsOf(all, name)
		}
		if !slices.ContainsFunc(lists, func(l []string) bool { return l == nil }) {
			if out := product(k, lists); out != nil {
				return out
			}
		}
	}
	return nil
}

// textsOf are the texts that conditions leave for a key, without the empty one,
// which makes no claim on a unique key; nil when they do not say, or when they
// take the empty one.
func textsOf(all []cond, key string) []string {
	for _, c := range all {
		if c.key == key && !c.not {
			if list := texts(c.test); list != nil && !slices.Contains(list, "") {
				return list
			}
		}
	}
	return nil
}

// product is every choice of one value of each list, nil when they are too many.
func product(key int, lists [][]string) []point {
	out := []point{{key: key}}
	for _, list := range lists {
		if len(out)*len(list) > maxPoints {
			return nil
		}
		var next []point
		for _, p := range out {
			for _, v := range list {
				next = append(next, point{key, append(slices.Clip(p.values), v)})
			}
		}
		out = next
	}
	if out == nil {
		out = []point{}
	}
	return out
}
