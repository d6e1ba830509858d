package thingset

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
)

func (im *importer) now() int64 { return time.Now().UnixMilli() }

// take commits a batch: at once when all of it is good, else without what is
// found bad, and row by row when others write the same values meanwhile.
func (im *importer) take(ctx context.Context, b *importBatch) error {
	var err error
	if im.o.Unique == nil {
		err = im.create(ctx, b)
	} else {
		err = im.merge(ctx, b)
	}
	im.tell()
	if err == nil && im.o.Progress != nil {
		im.o.Progress(im.done)
	}
	return err
}

// create makes a thing of each row.
func (im *importer) create(ctx context.Context, b *importBatch) error {
	good := im.good(b.rows)
	err := im.commitNew(ctx, good, b.end)
	if !im.taken(err) {
		return err
	}
	if good, err = im.weed(ctx, good); err != nil {
		return err
	}
	if err = im.commitNew(ctx, good, b.end); !im.taken(err) {
		return err
	}
	for i := range good {
		if err := im.commitNew(ctx, good[i:i+1], good[i].at); im.taken(err) {
			im.bad(good[i].line, err)
		} else if err != nil {
			return err
		}
	}
	return im.commit(ctx, nil, b.end)
}

// good are the rows that were not found bad when they were read.
func (im *importer) good(rows []importRow) []importRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r importRow) bool {
		if r.err != nil {
			im.bad(r.line, r.err)
		}
		return r.err != nil
	})
}

// bad notes a row that is not taken.
func (im *importer) bad(line int, err error) {
	im.done.Bad++
	im.faults = append(im.faults, importRow{line: line, err: err})
}

// tell tells of a batch's bad rows in order: they are found in several ways.
func (im *importer) tell() {
	slices.SortFunc(im.faults, func(a, b importRow) int { return cmp.Compare(a.line, b.line) })
	for _, r := range im.faults {
		if im.o.Bad != nil {
			im.o.Bad(r.line, r.err)
		}
	}
	im.faults = nil
}

// taken tells the errors of a commit that are about a row: a value or an id that
// is taken.
func (im *importer) taken(err error) bool {
	code := domain.CodeOf(err)
	return code == "e.thing.ukey.duplicated" || code == "e.thing.rev" || code == "e.thing.id"
}

// weed takes out the rows whose id or unique values are taken, by a thing or by a
// row before.
func (im *importer) weed(ctx context.Context, rows []importRow) ([]importRow, error) {
	ids := map[string]bool{}
	keys := make([]map[string]bool, len(im.st.schema.def.Unique))
	for k := range keys {
		keys[k] = map[string]bool{}
	}
	out := rows[:0]
	for _, r := range rows {
		err := im.clash(ctx, r, ids, keys)
		switch {
		case im.taken(err):
			im.bad(r.line, err)
		case err != nil:
			return nil, err
		default:
			out = append(out, r)
		}
	}
	return out, nil
}

// clash is why a row cannot be a new thing; what it claims is noted.
func (im *importer) clash(ctx context.Context, r importRow, ids map[string]bool, keys []map[string]bool) error {
	_, err := im.s.Any(ctx, r.rec.ID)
	if err == nil || ids[r.rec.ID] {
		return Duplicated([]string{"id"})
	}
	def := im.st.schema.def
	claims := make([]string, len(def.Unique))
	for k := range def.Unique {
		values, ok := UniqueValues(def, k, r.rec.Body)
		if !ok {
			continue
		}
		claims[k] = JoinValues(values)
		_, err := im.s.db.store.Find(ctx, im.s.dom(), im.s.name, k, values...)
		if err == nil || keys[k][claims[k]] {
			return Duplicated(def.Unique[k])
		}
		if domain.CodeOf(err) != "e.thing.noexists" {
			return err
		}
	}
	ids[r.rec.ID] = true
	for k, claim := range claims {
		if claim != "" {
			keys[k][claim] = true
		}
	}
	return nil
}

// commitNew writes new things together with how far the import has come.
func (im *importer) commitNew(ctx context.Context, rows []importRow, end Imported) error {
	list := make([]edit, len(rows))
	for i, r := range rows {
		list[i] = edit{Write: Write{Set: im.s.name, ID: r.rec.ID, Body: r.rec.Body, If: Absent}}
	}
	return im.commit(ctx, list, end)
}

// commit writes things and the mark; the scripts of thing.json follow. The zero
// end makes no mark.
func (im *importer) commit(ctx context.Context, list []edit, end Imported) error {
	next := im.count(list)
	if end.Rows > 0 {
		next.Rows, next.Line, next.crc = end.Rows, end.Line, end.crc
	}
	notes, err := im.s.errands(ctx, im.st, list)
	if err != nil {
		return err
	}
	rev, err := im.commitMarked(ctx, append(writesOf(list), notes.list()...), next, end.Rows > 0)
	if err != nil {
		return err
	}
	im.done = next
	for _, w := range list {
		event := OnCreated
		if w.old != nil {
			event = OnUpdated
		}
		im.s.after(ctx, im.st, Change{Rev: rev, Set: im.s.name, ID: w.ID, Body: w.Body, Old: w.old}, event)
	}
	notes.run(ctx)
	return nil
}

// count is how far the import has come with a list of writes.
func (im *importer) count(list []edit) Imported {
	next := im.done
	for _, w := range list {
		if w.old == nil {
			next.Created++
		} else {
			next.Updated++
		}
	}
	return next
}

// commitMarked commits, with the mark when one is wanted and kept.
func (im *importer) commitMarked(ctx context.Context, batch []Write, at Imported, mark bool) (Rev, error) {
	if !mark || im.marks == nil {
		return im.s.db.Commit(ctx, batch...)
	}
	rev, err := im.s.db.Commit(ctx, append(batch, im.marks.write(at))...)
	if err == nil {
		im.marks.rev = rev
		return rev, nil
	}
	if !im.taken(err) {
		return 0, err
	}
	lost, e := im.marks.lost(ctx)
	switch {
	case e != nil:
		return 0, e
	case lost:
		im.marks = nil
		return im.s.db.Commit(ctx, batch...)
	}
	return 0, err
}
