package filestore

import (
	"context"
	"iter"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// A folder is dropped by one group of the journal, from which on its sets are gone
// (journal.Drop); then the folder is moved away (dropmove.go).

// mostTold bounds the deletes of one drop that the feed tells, in bytes of the journal.
const mostTold = 64 << 20

// Drop implements thingset.Store.
func (s *Store) Drop(ctx context.Context, dom, folder string) error {
	if ctx.Err() != nil {
		return thingset.Canceled(ctx)
	}
	for {
		r, err := s.room(dom)
		if err != nil {
			return err
		}
		if err = r.dropFolder(folder); !r.left(err) {
			return err
		}
	}
}

func (r *room) dropFolder(folder string) error {
	r.defining.Lock()
	defer r.defining.Unlock()
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.leaving.Load() {
		return domain.E("e.store.closed")
	}
	if err := r.moveDropped(folder); err != nil {
		return err
	}
	d := journal.Drop{Folder: folder}
	if folder == "" || d.Holds(journal.Dir) {
		return domain.E("e.io.forbidden", domain.Textf("%v 中有存储引擎自身的文件", "%v holds the engine's own files", "~/"+folder))
	}
	if !r.knows(d) {
		return nil
	}
	if err := r.commitDrop(&d); err != nil {
		return err
	}
	return r.moveAway(d)
}

// knows reports whether there is a set in a folder that is to be dropped.
func (r *room) knows(d journal.Drop) bool {
	in, barred := r.in(d)
	return len(in)+len(barred) > 0 || slices.ContainsFunc(r.journal.Sets(), d.Holds)
}

// in are the sets in a folder, by name, and the names of those that are barred.
func (r *room) in(d journal.Drop) (sets []*set, barred []string) {
	sets = slices.DeleteFunc(r.loaded(), func(t *set) bool { return !d.Holds(t.name) })
	r.mu.RLock()
	defer r.mu.RUnlock()
	for name := range r.barred {
		if d.Holds(name) {
			barred = append(barred, name)
		}
	}
	return sets, barred
}

// commitDrop makes a drop durable and shows it. The caller holds defining and busy.
func (r *room) commitDrop(d *journal.Drop) error {
	r.commits.Lock()
	defer r.commits.Unlock()
	sets, barred := r.in(*d)
	told := len(barred) == 0 && r.tells(*d, sets)
	r.mu.RLock()
	d.Rev = r.rev + 1
	r.mu.RUnlock()
	err := r.journal.Append(func(_ *journal.Segment, g *journal.Group) {
		g.Commit(d.Rev)
		g.Drop(d.Folder, !told)
		for t, row := range eachRow(sets) {
			if told {
				g.Delete(t.name, string(t.rows.ID(row)))
			}
		}
	})
	r.health.journal.note(err)
	if err != nil {
		r.refused()
		return err
	}
	r.s.defs.drop(r.dom, *d)
	r.showDrop(*d, sets, barred, told)
	r.worker.wake(r.s.o.Settle)
	return nil
}

// eachRow walks the rows of sets.
func eachRow(sets []*set) iter.Seq2[*set, rows.Row] {
	return func(yield func(*set, rows.Row) bool) {
		for _, t := range sets {
			for row := range t.rows.All() {
				if !yield(t, row) {
					return
				}
			}
		}
	}
}

// tells reports whether the feed can tell all deletes of a drop: those of a set that
// nobody has loaded, and of very many records, it cannot.
func (r *room) tells(d journal.Drop, sets []*set) bool {
	for _, name := range r.journal.Sets() {
		if d.Holds(name) && !slices.ContainsFunc(sets, func(t *set) bool { return t.name == name }) {
			return false
		}
	}
	size := 0
	for t, row := range eachRow(sets) {
		size += len(t.name) + len(t.rows.ID(row)) + itemSize
	}
	return size <= r.s.mostTold
}

// showDrop changes memory, and tells those who watch.
func (r *room) showDrop(d journal.Drop, sets []*set, barred []string, told bool) {
	var changes []thingset.Change
	for t, row := range eachRow(sets) {
		if len(changes) > feedLen {
			break
		}
		c := thingset.Change{Rev: d.Rev, Set: t.name, ID: string(t.rows.ID(row))}
		if b := t.rows.Body(row); b != nil {
			c.Old = b.Data
		}
		changes = append(changes, c)
	}
	for _, t := range sets {
		r.forgetTmp(t)
	}
	r.mu.Lock()
	for _, t := range sets {
		delete(r.sets, t.name)
		r.leave(t)
	}
	for _, name := range barred {
		delete(r.barred, name)
	}
	r.rev = d.Rev
	r.mu.Unlock()
	for _, t := range sets {
		r.edits.leave(t)
	}
	if told && len(changes) <= feedLen {
		r.feed.publish(changes, d.Rev)
	} else {
		r.feed.reached(d.Rev) // the journal tells it
	}
}

// leave lets go of what a set has in memory and of its files. Who walks over its records
// still sees them.
func (r *room) leave(t *set) {
	for _, p := range t.packs {
		r.leavePack(p)
	}
	for _, p := range slices.Concat(t.strays, t.dying) {
		r.leavePack(p.Pack)
	}
	t.afloat.letGo()
	t.rows.Forget()
	t.rows, t.dirty, t.gone = rows.NewTable(t.rows.Shape(), r.s.cache), nil, nil
	t.packs, t.strays, t.dying, t.merging, t.afloat = nil, nil, nil, nil, afloat{}
	t.current, t.ahead, t.older, t.moved, t.away = nil, nil, nil, nil, nil
}

func (r *room) leavePack(p *pack.Pack) {
	p.Release()
	r.retireFile(p.Tag)
}

// forgetTmp removes what lies aside of a set.
func (r *room) forgetTmp(t *set) {
	gone := func(name string) { _ = r.disk.Remove(name) } // one that stays is nobody's
	r.tmp.found = slices.DeleteFunc(r.tmp.found, func(name string) bool {
		mine := tagOf(name) == t.tag
		if mine {
			gone(tmpDir + "/" + name)
		}
		return mine
	})
	r.tmp.list = slices.DeleteFunc(r.tmp.list, func(a aside) bool {
		if a.t == t {
			gone(a.tmp)
		}
		return a.t == t
	})
}
