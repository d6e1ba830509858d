package thingset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Plan says how a query was answered.
type Plan struct {
	Way  string // "id", "unique key nm", "index age", "order of ct", "scan", …
	Read int    // records that were read
}

func (p Plan) String() string { return fmt.Sprintf("%s: %d records read", p.Way, p.Read) }

// maxSpans bounds the stretches of an index that one plan walks.
const maxSpans = 1024

// path is a way through an index.
type path struct {
	index string
	keys  []string  // what it is ordered by, the id last
	spans []keySpan // in order and apart
	some  bool      // spans leave something out

	fixed int // of keys, which have one value throughout
	order int // of the query's orders, beginning with the first, in which the path leads
	desc  bool
}

// indexes are the set's indexes by name.
func (s *Set) indexes() []string {
	return append([]string{"id", "ct", "lm"}, s.Def().Indexes...)
}

func newPath(index string) *path {
	keys := strings.Split(index, ",")
	if !slices.Contains(keys, "id") {
		keys = append(keys, "id")
	}
	return &path{index: index, keys: keys, spans: []keySpan{{}}}
}

// narrow bounds the path by what conditions say of its first keys.
func (p *path) narrow(all []cond) {
	open, ended := []keySpan{{}}, []keySpan(nil)
	for _, key := range strings.Split(p.index, ",") {
		b := boundsOf(all, key)
		if b == nil || len(open) == 0 || len(open)*len(b)+len(ended) > maxSpans {
			break
		}
		p.some = true
		var next []keySpan
		for _, o := range open {
			for _, s := range b {
				if n := o.then(s); s.point {
					next = append(next, n)
				} else {
					ended = append(ended, n)
				}
			}
		}
		open = next
	}
	p.spans = tidy(append(ended, open...))
}

// then is the stretch of s behind a point.
func (o keySpan) then(s keySpan) keySpan {
	out := keySpan{from: slices.Concat(o.from, s.from), point: s.point, ends: slices.Clip(o.ends)}
	if s.point {
		out.ends = append(out.ends, len(out.from))
		out.to = successor(out.from)
		return out
	}
	if out.to = slices.Concat(o.from, s.to); s.to == nil {
		out.to = successor(o.from)
	}
	return out
}

// boundsOf are the narrowest bounds that conditions have for a key.
func boundsOf(all []cond, key string) (best []keySpan) {
	for _, c := range all {
		if c.key != key {
			continue
		}
		if b := bounds(c); b != nil && (best == nil || points(b) > points(best)) {
			best = b
		}
	}
	return best
}

func points(b []keySpan) (n int) {
	for _, s := range b {
		if s.point {
			n++
		}
	}
	return n
}

// along finds out in how many of the orders the path leads.
func (p *path) along(orders []Order) {
	p.fixed, p.order, p.desc = p.common(), 0, false
	rest, turned := p.keys[p.fixed:], false
	for i, o := range orders {
		switch {
		case slices.Contains(p.keys[:p.fixed], o.Key):
		case len(rest) > 0 && rest[0] == o.Key && (!turned || p.desc == o.Desc):
			p.desc, turned, rest = o.Desc, true, rest[1:]
		default:
			return
		}
		p.order = i + 1
	}
}

// common is the number of keys that have the same value in all spans.
func (p *path) common() int {
	if len(p.spans) == 0 {
		return 0
	}
	first := p.spans[0]
	n := len(first.ends)
	for _, s := range p.spans[1:] {
		n = min(n, len(s.ends))
		for n > 0 && !bytes.HasPrefix(s.from, first.from[:first.ends[n-1]]) {
			n--
		}
	}
	return n
}
