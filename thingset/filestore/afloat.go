package filestore

import (
	"slices"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// afloat is what a set has written since the last checkpoint: it may not have
// reached the disk. When the disk says that it has not, all of it is settled once
// more, into another pack.
type afloat struct {
	rows   []settled
	gone   []settled
	files  []string // own files, up to fewFiles
	many   bool     // own files beyond that
	names  bool     // files came, went or were renamed
	sealed bool     // the last pack is not written to any more
	failed bool     // the disk has lost some of it
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

func (u *afloat) wrote(name string) {
	u.names = true
	switch {
	case slices.Contains(u.files, name):
	case len(u.files) < fewFiles:
		u.files = append(u.files, name)
	default:
		u.many = true
	}
}

func (u *afloat) any() bool { return len(u.rows) > 0 || len(u.gone) > 0 || u.names || u.failed }

// retreat makes dirty again what a failed checkpoint may have lost. The caller
// holds busy.
func (r *room) retreat(t *set) error {
	if !t.afloat.failed {
		return nil
	}
	for _, p := range t.packs {
		if err := p.Retreat(t.marks[p.N]); err != nil {
			return err
		}
	}
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
	t.merging = nil
	t.afloat = afloat{sealed: true, names: true}
	return nil
}

// mark is how much of a set's packs is synced once all of it is.
func (t *set) mark() (m pack.Mark, ok bool) {
	if len(t.packs) == 0 {
		return m, false
	}
	return t.packs[len(t.packs)-1].Mark(), true
}
