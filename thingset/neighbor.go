package thingset

import (
	"bytes"
	"context"
)

// Neighbors are the ids of the things before and after a thing in the order of a
// query, among those that its match and bin let through; "" at an end. Skip and
// limit do not count.
func (s *Set) Neighbors(ctx context.Context, of Record, q Query) (prev, next string, err error) {
	q.Skip, q.Limit = 0, 0
	r, err := s.newRun(ctx, q)
	if err != nil {
		return "", "", err
	}
	if p := r.leading(); p != nil {
		if prev, err = r.beside(p, of, true); err == nil {
			next, err = r.beside(p, of, false)
		}
		return prev, next, err
	}
	return r.nearest(of)
}

// leading is a whole index in the query's order, nil when there is none.
func (r *run) leading() *path {
	for _, index := range r.s.indexes() {
		p := newPath(index)
		if p.along(r.orders); p.order == len(r.orders) {
			return p
		}
	}
	return nil
}

// beside walks an index away from a thing until something belongs to the answer.
func (r *run) beside(p *path, of Record, back bool) (string, error) {
	at := IndexKey(nil, p.index, of.Body)
	to := Range{Index: p.index, From: at, Desc: p.desc != back}
	if to.Desc {
		to.From, to.To = nil, successor(at)
	}
	here := orderKey(nil, r.orders, of)
	for rec, err := range r.s.db.store.Scan(r.ctx, r.s.dom(), r.s.name, to) {
		if err != nil {
			return "", err
		}
		c := bytes.Compare(orderKey(nil, r.orders, rec), here)
		if (back && c < 0 || !back && c > 0) && r.keep(rec) {
			return rec.ID, nil
		}
	}
	return "", Canceled(r.ctx)
}

// nearest looks at everything once.
func (r *run) nearest(of Record) (prev, next string, err error) {
	here := orderKey(nil, r.orders, of)
	var before, after []byte
	for rec, err := range r.along(newPath("id")) {
		if err != nil {
			return "", "", err
		}
		if !r.keep(rec) {
			continue
		}
		k := orderKey(nil, r.orders, rec)
		switch c := bytes.Compare(k, here); {
		case c < 0 && (before == nil || bytes.Compare(k, before) > 0):
			before, prev = k, rec.ID
		case c > 0 && (after == nil || bytes.Compare(k, after) < 0):
			after, next = k, rec.ID
		}
	}
	return prev, next, Canceled(r.ctx)
}
