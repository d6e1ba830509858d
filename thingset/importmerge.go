package thingset

import (
	"context"
	"slices"
	"strconv"

	"github.com/caryahq/carya/domain"
)

// merge updates the thing that holds each row's values of Import.Unique, or
// makes one.
func (im *importer) merge(ctx context.Context, b *importBatch) error {
	var list []edit
	var rows []importRow
	seen := map[string]bool{}
	for _, r := range b.rows {
		claim, w, err := im.upsert(ctx, r)
		if err == nil && seen[claim] { // it comes after one of this batch
			if err := im.commitMerged(ctx, list, rows, Imported{}); err != nil {
				return err
			}
			list, rows, seen = nil, nil, map[string]bool{}
			claim, w, err = im.upsert(ctx, r)
		}
		switch {
		case err != nil && isAboutRow(err):
			im.bad(r.line, err)
		case err != nil:
			return err
		default:
			list, rows, seen[claim] = append(list, w), append(rows, r), true
		}
	}
	return im.commitMerged(ctx, list, rows, b.end)
}

// isAboutRow tells errors that another row need not have.
func isAboutRow(err error) bool {
	switch domain.AsError(err).Kind {
	case domain.Invalid, domain.Conflict, domain.NotFound, domain.TooLarge, domain.Forbidden:
		return true
	}
	return false
}

// commitMerged commits at once, or row by row when others write the same
// values.
func (im *importer) commitMerged(ctx context.Context, list []edit, rows []importRow, end Imported) error {
	err := im.commit(ctx, list, end)
	if !im.taken(err) {
		return err
	}
	for _, r := range rows {
		_, created, err := im.s.Upsert(ctx, im.o.Unique, r.doc)
		switch {
		case err != nil && isAboutRow(err):
			im.bad(r.line, err)
		case err != nil:
			return err
		case created:
			im.done.Created++
		default:
			im.done.Updated++
		}
	}
	return im.commit(ctx, nil, end)
}

// upsert is the write that a row stands for, and its values as one text.
func (im *importer) upsert(ctx context.Context, r importRow) (claim string, w edit, err error) {
	if r.refused {
		return "", w, r.err
	}
	k := im.st.schema.uniqueAt(im.o.Unique)
	if _, err := readMembers(r.doc); err != nil {
		return "", w, err
	}
	doc, err := im.s.trimmed(im.st, r.doc)
	if err != nil {
		return "", w, err
	}
	values, ok := UniqueValues(im.st.schema.def, k, doc)
	if !ok {
		return "", w, uniqueKey{names: im.o.Unique}.fail("e.thing.ukey.required")
	}
	old, err := im.s.db.store.Find(ctx, im.s.dom(), im.s.name, k, values...)
	switch {
	case domain.CodeOf(err) == "e.thing.noexists" && r.err != nil:
		return "", w, r.err
	case domain.CodeOf(err) == "e.thing.noexists":
		w.Write = Write{Set: im.s.name, ID: r.rec.ID, Body: r.rec.Body, If: Absent}
		return JoinValues(values), w, nil
	case err != nil:
		return "", w, err
	}
	body, err := im.merged(old.Body, doc)
	w = edit{Write{Set: im.s.name, ID: old.ID, Body: body, If: old.Rev}, old.Body}
	return JoinValues(values), w, err
}

// merged is a thing with a row's members.
func (im *importer) merged(old, doc []byte) ([]byte, error) {
	ms, err := readMembers(doc)
	if err != nil {
		return nil, err
	}
	all, err := readMembers(old)
	if err != nil {
		return nil, err
	}
	im.s.guard(ms)
	ms.remove(func(m member) bool { return m.key == "ct" })
	if !im.s.plain {
		ms.set("th_live", "1")
	}
	all.merge(ms)
	all.set("lm", strconv.FormatInt(im.now(), 10))
	return im.s.cleaned(im.st, all.append(make([]byte, 0, all.size())), ms)
}

// uniqueAt is the number of the unique key of those names, -1 when there is none.
func (s *Schema) uniqueAt(names []string) int {
	return slices.IndexFunc(s.unique, func(k uniqueKey) bool { return slices.Equal(k.names, names) })
}
