package pack

import (
	"cmp"
	"errors"
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Reopen opens a pack for writing after Close.
func (p *Pack) Reopen() (err error) {
	p.Data, err = p.d.OpenFile(p.DataFile(), os.O_RDWR, 0)
	return err
}

// Adopt begins a pack in another folder with the lines of this one, which was
// closed and is none afterwards. Of the lines no entry tells yet: see Batch.Tell.
func (p *Pack) Adopt(dir string, hidden bool) (*Pack, error) {
	q := newPack(p.d, dir, called(p.N, hidden))
	q.size = p.size
	if err := p.d.Rename(p.DataFile(), q.DataFile()); err != nil {
		return nil, err
	}
	if err := q.Reopen(); err != nil {
		return nil, err
	}
	var err error
	if q.keys, err = p.d.OpenFile(q.KeyFile(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, errors.Join(err, q.Data.Close())
	}
	return q, nil
}

// Tell adds a record whose line the pack has already.
func (b *Batch) Tell(rev thingset.Rev, line rows.Place, keys rows.Keys, own rows.Stamp) {
	e := Entry{Kind: Put, Rev: rev, Line: line, Keys: keys, Stamp: own}
	if own != (rows.Stamp{}) {
		e.Kind = PutOwn
	}
	b.entries = appendPut(b.entries, e)
}

// Records visits the entries that tell of records with their lines, and those of
// records that are gone. Anything that is not as it was written is e.store.damaged.
func (v *View) Records(visit func(e Entry, line []byte) error) error {
	var first *Problem
	err := v.walk(walker{
		bad: func(p Problem) { first = cmp.Or(first, &p) },
		entry: func(e Entry, _ int64, _ int) error {
			if e.Keys == nil {
				return visit(e, nil)
			}
			line := v.Line(e.Line)
			if line == nil {
				return domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", v.DataFile(), e.Line.Offset))
			}
			return visit(e, line)
		},
	})
	if err == nil && first != nil {
		err = domain.E("e.store.damaged", domain.Textf("%v，偏移 %v 处", "%v at offset %v", first.File, first.Offset))
	}
	return err
}
