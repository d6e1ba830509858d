package filestore

import (
	"context"
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// laying lays out one set of a Builder: it moves the lines that wait to where they
// stay, and makes their keys and own files.
type laying struct {
	d     *disk.Disk
	t     *set // of which there are no rows
	shape *rows.Shape
	mark  pack.Mark
	pack.Scratch

	to    *pack.Pack // what is written
	batch *pack.Batch
	keys  rows.Keys
	n     int // entries so far
}

// newLaying lays out a set of about n records.
func newLaying(d *disk.Disk, name string, def thingset.Def, n int) *laying {
	t := &set{name: name, dir: recordDir(name, def.Plain), plain: def.Plain}
	t.redefine(def)
	t.small = n <= t.loose() && t.loose() > 0
	t.told = t.small
	return &laying{d: d, t: t, shape: rows.NewShape(def), mark: pack.Mark{Live: map[int]int64{}, Form: t.form()}}
}

func (l *laying) run(ctx context.Context, packs []*pack.Pack) error {
	if err := l.d.MkdirAll(l.t.dir, l.t.dirMode()); err != nil {
		return domain.Wrap(err, "e.store.write", l.t.dir)
	}
	for _, p := range packs {
		if err := l.pack(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (l *laying) pack(ctx context.Context, p *pack.Pack) error {
	from, err := p.Look(l.d, &l.Scratch)
	if err != nil {
		return err
	}
	defer from.Close()
	if l.to, err = p.Adopt(l.t.dir, l.t.small); err != nil {
		return domain.Wrap(err, "e.store.write", l.t.dir)
	}
	defer l.to.Close()
	l.batch = l.to.Batch(0, 0)
	err = from.Records(func(e pack.Entry, line []byte) error {
		if l.n++; l.n%1000 == 0 && ctx.Err() != nil {
			return thingset.Canceled(ctx)
		}
		return l.entry(e, line)
	})
	if err == nil {
		err = l.flush()
	}
	l.mark.Pack, l.mark.Keys = l.to.N, l.to.Keyed()
	l.mark.Live[l.to.N] = l.to.Keyed()
	return err
}

// flush writes the keys that were made.
func (l *laying) flush() error {
	if err := l.to.Write(l.batch, l.t.code, false); err != nil {
		return domain.Wrap(err, "e.store.write", l.to.KeyFile())
	}
	l.batch = l.to.Batch(0, 0)
	return nil
}

func (l *laying) entry(e pack.Entry, line []byte) (err error) {
	if e.Kind == pack.Gone {
		l.batch.Gone(e.Rev, string(e.ID))
		return l.remove(string(e.ID))
	}
	id, _ := rows.IDOf(e.Keys)
	own := rows.Stamp{}
	if l.t.small {
		if own, err = l.own(string(id), line); err != nil {
			return err
		}
	}
	l.keys = l.shape.AppendKeys(l.keys[:0], string(id), line)
	l.batch.Tell(e.Rev, e.Line, l.keys, own)
	if l.batch.Len() < mostHeld {
		return nil
	}
	return l.flush()
}

// own writes a record's own file, over that of an older version.
func (l *laying) own(id string, line []byte) (rows.Stamp, error) {
	if _, ok := ownID(ownName(id, l.t.plain), l.t.plain); !ok {
		return rows.Stamp{}, domain.E("e.thing.id", id)
	}
	text := recordText(line)
	fi, err := l.d.MakeStat(l.t.ownFile(id), text, ownMode)
	if err != nil {
		return rows.Stamp{}, domain.Wrap(err, "e.store.write", l.t.ownFile(id))
	}
	return stampOf(fi, text), nil
}

func (l *laying) remove(id string) error {
	if !l.t.small {
		return nil
	}
	if err := l.d.Remove(l.t.ownFile(id)); err != nil {
		return domain.Wrap(err, "e.store.write", l.t.ownFile(id))
	}
	return nil
}

// unique holds that no two records have the same unique value.
func (l *laying) unique(marks journal.Marks) (err error) {
	found := Fault{}
	v := &verifier{d: l.d, known: laid(marks), Scratch: l.Scratch, report: func(f Fault) { found = f }}
	c := &checkup{verifier: v, dir: l.t.dir, set: l.t.name, plain: l.t.plain, def: l.t.code}
	defer c.close()
	if c.names, err = v.packs(l.t.dir); err == nil {
		err = c.open()
	}
	if err == nil {
		err = c.unique()
	}
	if err == nil && found.File != "" {
		err = domain.E("e.thing.ukey.duplicated", found.Msg)
	}
	return err
}

// laid are the marks of sets that are laid out, as a knower.
type laid journal.Marks

var _ knower = laid{}

// Mark implements knower.
func (l laid) Mark(set string) (pack.Mark, bool) {
	m, ok := l[set]
	return m, ok
}

// Sets implements knower.
func (l laid) Sets() []string { return slices.Sorted(maps.Keys(l)) }

// Whole implements knower.
func (laid) Whole() bool { return true }

// Logs implements knower.
func (laid) Logs(string) bool { return false }

// Writes implements knower.
func (laid) Writes(string, []byte) bool { return false }
