package filestore

import (
	"math"
	"sync"

	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// limbo keeps what is gone but may still be seen by somebody who walks over a
// snapshot: rows, and the files in which their bodies lie.
type limbo struct {
	mu    sync.Mutex
	walks map[uint64]struct{} // those under way, by number
	last  uint64              // number of the walk that began last
	gone  []departed          // in order
}

// departed is a row, or a file, that walks up to a number may see.
type departed struct {
	last uint64
	rows *rows.Table
	row  rows.Row
	tag  uint16
}

// begin notes a walk; it is called under the lock that guards the rows, before
// the walk takes its snapshot.
func (l *limbo) begin() (walk uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.walks == nil {
		l.walks = map[uint64]struct{}{}
	}
	l.last++
	l.walks[l.last] = struct{}{}
	return l.last
}

func (l *limbo) end(walk uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.walks, walk)
}

// first is the walk that began first of those under way.
func (l *limbo) first() uint64 {
	first := uint64(math.MaxUint64)
	for n := range l.walks {
		first = min(first, n)
	}
	return first
}

// retire frees a row that was dropped or replaced, now or when nobody walks over
// it any more. Like sweep it is called under the room's lock.
func (r *room) retire(t *rows.Table, row rows.Row) { r.depart(departed{rows: t, row: row}) }

// retireFile lets go of a file that no current row names.
func (r *room) retireFile(tag uint16) { r.depart(departed{tag: tag}) }

func (r *room) depart(d departed) {
	l := &r.limbo
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.walks) == 0 && len(l.gone) == 0 {
		r.free(d)
		return
	}
	d.last = l.last
	l.gone = append(l.gone, d)
}

// sweep frees what nobody can see any more.
func (r *room) sweep() {
	l := &r.limbo
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.gone) == 0 {
		return
	}
	first, n := l.first(), 0
	for n < len(l.gone) && l.gone[n].last < first {
		r.free(l.gone[n])
		n++
	}
	if l.gone = l.gone[n:]; len(l.gone) == 0 {
		l.gone = nil
	}
}

func (r *room) free(d departed) {
	if d.rows != nil {
		d.rows.Release(d.row)
		return
	}
	r.files.drop(d.tag)
}
