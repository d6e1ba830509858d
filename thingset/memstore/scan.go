package memstore

import (
	"bytes"
	"context"
	"iter"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/btree"
)

// Scan walks a copy of the index, made in O(1): a snapshot.
func (s *Store) Scan(ctx context.Context, dom, name string, r thingset.Range) iter.Seq2[thingset.Record, error] {
	return func(yield func(thingset.Record, error) bool) {
		index, err := s.snapshot(ctx, dom, name, r.Index)
		if err != nil {
			yield(thingset.Record{}, err)
			return
		}
		walk(index, r, func(e entry) bool {
			if err := thingset.Canceled(ctx); err != nil {
				yield(thingset.Record{}, err)
				return false
			}
			return yield(e.rec, nil)
		})
	}
}

func (s *Store) snapshot(ctx context.Context, dom, name, index string) (*btree.BTreeG[entry], error) {
	t, err := s.set(ctx, dom, name)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if index == "" {
		index = "id"
	}
	tree := t.indexes[index]
	if tree == nil {
		return nil, domain.E("e.internal", domain.Textf("没有索引 %v", "no index %v", index))
	}
	return tree.Copy(), nil
}

func walk(index *btree.BTreeG[entry], r thingset.Range, f func(entry) bool) {
	beyond := func(e entry) bool { return r.To != nil && bytes.Compare(e.key, r.To) >= 0 }
	if !r.Desc {
		index.Ascend(entry{key: r.From}, func(e entry) bool { return !beyond(e) && f(e) })
		return
	}
	step := func(e entry) bool {
		if beyond(e) { // the bound itself
			return true
		}
		return bytes.Compare(e.key, r.From) >= 0 && f(e)
	}
	if r.To == nil {
		index.Reverse(step)
	} else {
		index.Descend(entry{key: r.To}, step)
	}
}
