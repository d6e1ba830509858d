package filestore

import (
	"context"
	"iter"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// A walk looks at a few rows at a time, more and more of them, so that a page
// costs little and a long walk does not lock for each record. Beyond keepWalked
// records what it reads is not kept: it would drive out what is needed.
const (
	firstLooks = 16
	mostLooks  = 256
	keepWalked = 1000
)

// Scan implements thingset.Store. It walks a snapshot of the index.
func (s *Store) Scan(ctx context.Context, dom, name string, g thingset.Range) iter.Seq2[thingset.Record, error] {
	return func(yield func(thingset.Record, error) bool) {
		r, t, err := s.reading(ctx, dom, name)
		if err != nil {
			yield(thingset.Record{}, err)
			return
		}
		w := walk{ctx: ctx, r: r, rows: t.rows, n: r.limbo.begin()}
		snap, ok := t.rows.Walk(g)
		r.mu.RUnlock()
		defer w.end()
		if !ok {
			yield(thingset.Record{}, domain.E("e.thing.match", domain.Textf("%v 没有按 %v 排序的索引", "%v keeps no order of %v", name, g.Index)))
			return
		}
		w.snap = snap
		w.run(yield)
	}
}

// walk is one Scan under way.
type walk struct {
	ctx   context.Context
	r     *room
	rows  *rows.Table
	n     uint64
	snap  rows.Snap
	done  int
	looks []look
	next  []rows.Row
}

func (w *walk) end() {
	w.release()
	w.r.limbo.end(w.n)
}

func (w *walk) release() {
	for i := range w.looks {
		if f := w.looks[i].file; f != nil {
			f.release()
			w.looks[i].file = nil
		}
	}
}

func (w *walk) run(yield func(thingset.Record, error) bool) {
	for size := firstLooks; ; size = min(2*size, mostLooks) {
		if err := w.fill(size); err != nil {
			yield(thingset.Record{}, err)
			return
		}
		if len(w.looks) == 0 {
			return
		}
		for i := range w.looks {
			l := &w.looks[i]
			read := l.file != nil
			rec, err := l.record()
			if err == nil {
				err = thingset.Canceled(w.ctx)
			}
			if err != nil {
				yield(thingset.Record{}, err)
				return
			}
			if w.done++; read && w.done <= keepWalked {
				w.r.remember(w.rows, *l, rec)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// fill looks at the next rows; none at the end.
func (w *walk) fill(size int) error {
	w.r.mu.RLock()
	defer w.r.mu.RUnlock()
	if w.looks = w.looks[:0]; w.r.files.shut {
		return domain.E("e.store.closed")
	}
	now := w.r.clock.now()
	for len(w.looks) == 0 {
		if w.next = w.snap.Next(w.next[:0], size); len(w.next) == 0 {
			return nil
		}
		for _, row := range w.next {
			if at := w.rows.Expi(row); at == 0 || at > now {
				w.looks = append(w.looks, w.r.look(w.rows, row))
			}
		}
	}
	return nil
}
