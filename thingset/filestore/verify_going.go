package filestore

import (
	"maps"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// A pack that goes was merged into others. When one of those is gone or damaged before its
// removal was made durable, what it holds is perhaps the only copy: a repair has it count
// again. What it cannot know is what others said later, so it names the records of which
// nothing else tells, but for those that the journal confirms.

// revival is the search for what packs that go have alone.
type revival struct {
	c    *checkup
	list []*revived
	best map[string]version // the last version of a record that they have and nothing else
	last map[string]journal.Last
}

// revived is a pack that goes.
type revived struct {
	*pack.View
	whole   bool        // no entry of it is lost
	unsure  []string    // ids of which nobody knows the last version, or whether they were deleted
	deleted []pack.Lost // of which the journal tells that
}

// version is a version of a record.
type version struct {
	in   *revived // nil: something else
	rev  thingset.Rev
	put  bool
	line rows.Place
}

// revive gives the numbers of the packs that are to count again. Until the journal's state
// says so they do not, whatever is done to them.
func (c *checkup) revive() (list []int, err error) {
	r := &revival{c: c, best: map[string]version{}}
	defer r.close()
	if err = r.open(); err != nil || len(r.list) == 0 {
		return nil, err
	}
	if err = r.compare(); err != nil {
		return nil, err
	}
	for _, one := range r.list {
		if one.whole && !r.alone(one) {
			continue
		}
		if err := r.judge(one); err != nil {
			return nil, err
		}
		list = append(list, one.N)
	}
	return list, nil
}

func (r *revival) close() {
	for _, one := range r.list {
		one.Close()
	}
}

// open looks for packs that go, when one that is listed is gone or damaged.
func (r *revival) open() error {
	c := r.c
	m, _ := c.known.Mark(c.set)
	if len(c.gone) == 0 && !slices.ContainsFunc(c.hurt, func(h hurt) bool { return m.Lists(h.N) }) {
		return nil
	}
	for _, name := range c.names {
		if name.Going || !slices.Contains(m.Going, name.N) || m.Lists(name.N) || name.Lines == "" {
			continue
		}
		v, err := pack.Look(c.d, c.dir, name, pack.All, &c.Scratch)
		if err != nil {
			return err
		}
		if v.Size() == 0 {
			v.Close()
			continue
		}
		r.list = append(r.list, &revived{View: v})
	}
	return nil
}

// compare finds what they have alone.
func (r *revival) compare() (err error) {
	for _, one := range r.list {
		found, err := one.Survey()
		if err != nil {
			return err
		}
		one.whole = found.Whole
		if err := one.Good(func(e pack.Entry, _ int64) { r.meet(one, e) }); err != nil {
			return err
		}
	}
	for _, v := range r.c.views {
		if err := v.Good(func(e pack.Entry, _ int64) { r.meet(nil, e) }); err != nil {
			return err
		}
	}
	maps.DeleteFunc(r.best, func(_ string, v version) bool { return v.in == nil || !v.put })
	r.last, err = journal.LastOf(r.c.d, r.c.set)
	return err
}

// meet takes an entry of a pack that goes in, or of another one.
func (r *revival) meet(in *revived, e pack.Entry) {
	key, ok := entryID(e)
	if !ok || e.Kind == pack.Own {
		return
	}
	was, known := r.best[string(key)]
	if known && was.rev <= e.Rev || !known && in != nil {
		r.best[string(key)] = version{in, e.Rev, e.Keys != nil, e.Line}
	}
	if r.c.def == nil && e.Keys != nil {
		r.c.def = e.Def
	}
}

// alone reports whether a pack has something that nothing else has.
func (r *revival) alone(one *revived) bool {
	for _, v := range r.best {
		if v.in == one {
			return true
		}
	}
	return false
}

// judge tells what is known of the records of a pack, and has it say which were deleted.
func (r *revival) judge(one *revived) error {
	lines, err := r.lines()
	if err != nil {
		return err
	}
	for id, v := range r.best {
		if v.in != one || lines[id] || r.c.known.Writes(r.c.set, []byte(id)) {
			continue
		}
		switch last, ok := r.last[id]; {
		case ok && last.Gone:
			one.deleted = append(one.deleted, pack.Lost{ID: id, Rev: last.Rev})
		case !ok || last.Sum != v.line.Sum || last.Size != int(v.line.Size):
			one.unsure = append(one.unsure, id)
		}
	}
	slices.Sort(one.unsure)
	r.c.report(Fault{File: one.DataFile(), Offset: -1, Msg: one.text(), Repaired: true})
	if len(one.deleted) == 0 || !one.whole {
		return nil // one that is not whole is rebuilt later on, as all are
	}
	b, err := one.Rebuild(r.c.d, pack.Further{Gone: one.deleted, Def: r.c.def})
	if err != nil {
		return domain.Wrap(err, "e.store.write", one.KeyFile())
	}
	return b.Replace()
}

// lines are the ids of the records of which damaged packs have lines that no entry tells
// of: what becomes of them is said where those packs are mended.
func (r *revival) lines() (map[string]bool, error) {
	ids := map[string]bool{}
	for _, h := range r.c.hurt {
		found, err := h.Survey()
		if err != nil {
			return nil, err
		}
		for _, line := range found.Strays {
			ids[line.ID] = true
		}
	}
	return ids, nil
}

// text is what people are told of a pack that counts again.
func (v *revived) text() domain.Text {
	t := domain.Text{ZH: "它已并入其他 pack，本应删除，而其中有的已丢失或损坏：重新计入", EN: "it was merged into others and was to be removed, but some of those are gone or damaged: it counts again"}
	if len(v.unsure) > 0 {
		ids := someOf(v.unsure)
		t.ZH += "；无法确定下列记录的最新版本，或是否已删除：" + ids.ZH
		t.EN += "; which version of these is the last one, or whether they were deleted, cannot be told: " + ids.EN
	}
	return t
}
