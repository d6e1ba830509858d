package filestore

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// afloat is what a set has written since the last checkpoint: it may not have
// reached the disk. When the disk says that it has not, all of it is settled once
// more, into another pack.
type afloat struct {
	rows   []settled
	gone   []settled
	files  map[string]*disk.File // own files, up to fewFiles, open to be synced
	many   bool                  // own files beyond that
	names  bool                  // files came, went or were renamed
	shows  thingset.Rev          // the lowest revision that own files show since; 0: none was written
	sealed bool                  // the last pack is not written to any more
	failed bool                  // the disk has lost some of it
}

// settled is a record as it was settled.
type settled struct {
	row rows.Row
	rev thingset.Rev
	id  string
}

// fewFiles is how many files are synced one by one; more are synced all at once.
const fewFiles = 8

func (u *afloat) note(row rows.Row, rev thingset.Rev, id string) {
	u.rows = append(u.rows, settled{row, rev, id})
}

func (u *afloat) left(id string, rev thingset.Rev) {
	u.gone = append(u.gone, settled{rev: rev, id: id})
}

// keeps reports whether the own file of a name should stay open.
func (u *afloat) keeps(name string) bool {
	_, ok := u.files[name]
	return !u.many && (ok || len(u.files) < fewFiles)
}

// wrote notes an own file, which is open when it was kept.
func (u *afloat) wrote(name string, f *disk.File) {
	u.names = true
	u.drop(name)
	if f == nil {
		u.many = true
		u.letGo()
		return
	}
	if u.files == nil {
		u.files = map[string]*disk.File{}
	}
	u.files[name] = f
}

// drop closes an own file that has no name any more.
func (u *afloat) drop(name string) {
	if old := u.files[name]; old != nil {
		old.Close()
		delete(u.files, name)
	}
}

// letGo closes the files that are kept open.
func (u *afloat) letGo() {
	for _, f := range u.files {
		f.Close()
	}
	u.files = nil
}

// adrift visits what a set that holds has flushed: no checkpoint makes it durable, nor
// lists the packs that have it. What is dirty again is left out. The caller holds the
// room's lock.
func (t *set) adrift(row func(settled), gone func(settled)) {
	if !t.holds {
		return
	}
	for _, one := range t.afloat.rows {
		if _, dirty := t.dirty[one.row]; !dirty && t.rows.Rev(one.row) == one.rev && t.rows.Find(one.id) == one.row {
			row(one)
		}
	}
	for _, one := range t.afloat.gone {
		if _, again := t.gone[one.id]; !again && t.rows.Find(one.id) == 0 {
			gone(one)
		}
	}
}

// least is the lower of two revisions; 0 is none.
func least(a, b thingset.Rev) thingset.Rev {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func (u *afloat) any() bool { return len(u.rows) > 0 || len(u.gone) > 0 || u.names || u.failed }

// retreat makes dirty again what a failed sync may have lost: a later sync that
// succeeds says nothing of it. Until all of it is settled once more the set holds: the
// journal's state goes on listing what it lists, and nothing of that is removed. The
// caller holds busy.
func (r *room) retreat(t *set) error {
	if !t.afloat.failed {
		return nil
	}
	r.dirtyAgain(t)
	for _, p := range t.packs {
		if err := p.Retreat(t.marks[p.N]); err != nil {
			return domain.Wrap(err, "e.store.write", p.KeyFile())
		}
	}
	t.afloat = afloat{sealed: true, names: true}
	return nil
}

func (r *room) dirtyAgain(t *set) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range t.afloat.rows {
		if t.rows.Rev(one.row) == one.rev && t.rows.Find(one.id) == one.row {
			t.dirty[one.row] = struct{}{}
		}
	}
	for _, one := range t.afloat.gone {
		if _, again := t.gone[one.id]; !again && t.rows.Find(one.id) == 0 {
			t.gone[one.id] = departure{rev: one.rev}
		}
	}
	t.merging, t.holds, t.shown = nil, true, false
	t.untold = least(t.untold, t.afloat.shows)
	for _, p := range t.dying {
		p.told = false
	}
	t.afloat.letGo()
	t.afloat.rows, t.afloat.gone = nil, nil
}

// form is what the journal's state is to say of the set.
func (t *set) form() pack.Form {
	if t.told {
		return pack.Small
	}
	return pack.Large
}

// mark tells of the packs that a set has once all of them are synced; ok is false
// when it never had one.
func (t *set) mark() (m pack.Mark, ok bool) {
	if t.last == 0 {
		return m, false
	}
	m = pack.Mark{Pack: t.last, Live: map[int]int64{}, Going: union(t.buried), Form: t.form(), Born: t.born}
	for _, p := range t.packs {
		m.Live[p.N] = p.Keyed()
		m.Keys = p.Keyed()
	}
	for _, p := range t.dying {
		if !p.keep {
			m.Going = union(m.Going, []int{p.N})
		}
	}
	return m, true
}
