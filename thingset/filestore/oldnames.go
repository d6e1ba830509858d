package filestore

import "github.com/caryahq/carya/thingset/filestore/internal/pack"

// Earlier versions told by the names of packs what the journal's state says now: those of
// small sets were hidden, and one that the state did not list yet had .new in its name.
// The state of a set that has no form is theirs. It is there until the next checkpoint
// of the set, and the names until the packs are merged (calls).

// smallByName reports whether a set is small by what its packs are called.
func smallByName(all []pack.Name) bool { return all[len(all)-1].Hidden() }

// begunByName reports whether a pack was begun by an earlier version and is listed
// nowhere: all that it holds is known otherwise, when journal or state know the set.
func begunByName(m pack.Mark, known bool, one pack.Name) bool {
	return known && m.Form == "" && one.New()
}

// keepNew has the state know a set into which somebody has copied such a pack: it would
// not count any more once the journal has a write of the set.
func (l *load) keepNew(one pack.Name) error {
	if !one.New() || l.r.disk.ReadOnly() {
		return nil
	}
	return l.r.note(l.t, l.t.form())
}
