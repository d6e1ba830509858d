package filestore

import (
	"cmp"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// lookEvery is how often the packs of a set are looked for while it is written to.
const lookEvery = time.Second

// detached reports whether files of a set's packs were removed or replaced by
// somebody though its folder is there: what they hold can be read as long as they are
// open.
func (r *room) detached(t *set) bool {
	if fi, err := r.disk.Lstat(t.dir); err != nil || !fi.IsDir() {
		return false // the set is gone, or stuck
	}
	for _, p := range t.packs {
		if !p.Data.Linked() {
			return true
		}
		if fi, err := r.disk.Lstat(p.KeyFile()); missing(err) || err == nil && fi.Size() < p.Keyed() {
			return true
		}
	}
	return false
}

func (r *room) exists(name string) bool {
	_, err := r.disk.Lstat(name)
	return !missing(err)
}

// rescue has all records of a set be written to new packs when some of its packs
// are gone. The caller holds busy.
func (r *room) rescue(t *set) {
	if now := time.Now(); now.Sub(t.looked) < lookEvery {
		return
	} else {
		t.looked = now
	}
	if r.detached(t) {
		r.abandon(t)
	}
}

// abandon has all records of a set be written to new packs. The caller holds busy.
func (r *room) abandon(t *set) (told Fault) {
	told = Fault{File: t.dir, Offset: -1, Msg: domain.Text{ZH: "有 pack 文件被移走或替换：所有记录重新写入", EN: "packs were removed or replaced: all records are written anew"}}
	r.fault(told)
	for _, p := range t.packs {
		t.strays = append(t.strays, &stray{Pack: p, keep: p.Data.Replaced()}) // what is there now is a person's
	}
	t.packs, t.merging, t.holds, t.shown = nil, nil, true, false
	t.rooted = false // the folder may be another one
	r.mu.Lock()
	defer r.mu.Unlock()
	for row := range t.rows.All() {
		t.dirty[row] = struct{}{}
	}
	return told
}

// ready puts right what keeps a domain in use from being closed, while memory and open
// files have all of it, and saves what they alone have (save).
func (r *room) ready(v *verifier) error {
	if _, err := v.odd(); err != nil {
		return err
	}
	if isOdd(r.disk, journal.StateFile, false) {
		r.journal.Doubt()
		if err := v.moveOdd(journal.StateFile, notRegular); err != nil {
			return err
		}
	}
	if err := r.makeRoom(v); err != nil {
		return err
	}
	return r.save(v.report)
}

// makeRoom moves away what lies in the place of sets' folders and is none: what the sets
// hold is written there anew.
func (r *room) makeRoom(v *verifier) error {
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.disk.ReadOnly() {
		return nil
	}
	for _, t := range r.loaded() {
		name, ok := oddAbove(r.disk, t.dir)
		if !ok {
			continue
		}
		if err := v.moveOdd(name, noFolder); err != nil {
			return err
		}
	}
	return nil
}

// save writes down what memory and open files have of sets whose packs were removed, also
// with their whole folder, before the doctor goes by what is there. So it does with all
// sets when the journal has lost files. An error says that closing would lose something.
func (r *room) save(report func(Fault)) error {
	r.edits.drain()
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.disk.ReadOnly() {
		return nil
	}
	var list []*set
	for _, t := range r.loaded() {
		t.stuck.again = time.Time{}
		if r.detached(t) || len(t.packs) > 0 && !r.exists(t.dir) {
			f := r.abandon(t)
			f.Repaired = true
			report(f)
			list = append(list, t)
		}
	}
	lost := r.journal.Lost()
	if len(list) == 0 && !lost {
		return nil
	}
	err := r.settle()
	if !lost && !slices.ContainsFunc(list, func(t *set) bool { return t.stuck.err != nil }) {
		err = nil // the journal has what the others have not settled
	}
	return cmp.Or(err, r.checkpoint())
}
