package filestore

import (
	"cmp"
	"time"

	"github.com/caryahq/carya/domain"
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

// save writes down what memory and open files have of sets whose packs were removed, also
// with their whole folder, before the doctor goes by what is there.
func (r *room) save(report func(Fault)) error {
	r.edits.drain()
	r.busy.Lock()
	defer r.busy.Unlock()
	if r.disk.ReadOnly() {
		return nil
	}
	any := false
	for _, t := range r.loaded() {
		t.stuck.again = time.Time{}
		if r.detached(t) || len(t.packs) > 0 && !r.exists(t.dir) {
			f := r.abandon(t)
			f.Repaired = true
			report(f)
			any = true
		}
	}
	if !any {
		return nil
	}
	err := r.settle()
	return cmp.Or(err, r.checkpoint())
}
