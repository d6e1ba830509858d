package thingset

import "strconv"

// Page is what a query found.
type Page struct {
	List  []Record
	Pager Pager
	Plan  Plan // how it was found
}

// Pager says where a page lies among all that match. Page counts from 1; Size 0
// is no limit. Sum, the number of all that match, and Pages are -1 when they were
// not asked for (Query.NoSum).
type Pager struct{ Page, Size, Pages, Sum, Skip, Count int }

// PagerOf is the pager of a page with count things, of sum that match (-1: nobody
// counted).
func PagerOf(q Query, count, sum int) Pager {
	p := Pager{Page: 1, Size: q.Limit, Pages: 1, Sum: sum, Skip: q.Skip, Count: count}
	if q.Limit > 0 {
		p.Page = q.Skip/q.Limit + 1
		p.Pages = (sum + q.Limit - 1) / q.Limit
	}
	if sum < 0 {
		p.Pages = -1
	}
	return p
}

// AppendList appends the things as a JSON array; view appends what is to be
// seen of a body, nil all of it.
func (p Page) AppendList(dst []byte, view func(dst, body []byte) []byte) []byte {
	dst = append(dst, '[')
	for i, rec := range p.List {
		if i > 0 {
			dst = append(dst, ',')
		}
		if view == nil {
			dst = append(dst, rec.Body...)
		} else {
			dst = view(dst, rec.Body)
		}
	}
	return append(dst, ']')
}

// AppendPaged appends {"list":[…],"pager":{pn,pgsz,pgc,sum,skip,count}}.
func (p Page) AppendPaged(dst []byte, view func(dst, body []byte) []byte) []byte {
	dst = p.AppendList(append(dst, `{"list":`...), view)
	dst = append(dst, `,"pager":`...)
	return append(p.Pager.Append(dst), '}')
}

// Append appends {pn,pgsz,pgc,sum,skip,count}.
func (p Pager) Append(dst []byte) []byte {
	sep := byte('{')
	for _, m := range [...]struct {
		key string
		n   int
	}{{"pn", p.Page}, {"pgsz", p.Size}, {"pgc", p.Pages}, {"sum", p.Sum}, {"skip", p.Skip}, {"count", p.Count}} {
		dst = append(dst, sep, '"')
		dst = append(append(dst, m.key...), '"', ':')
		dst = strconv.AppendInt(dst, int64(m.n), 10)
		sep = ','
	}
	return append(dst, '}')
}
