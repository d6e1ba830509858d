package filestore

import (
	"errors"
	"path"
	"slices"
	"strconv"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// What comes after a drop was committed, that the state says so and that its folder is
// moved away, is done by whoever drops it. What then fails, or was cut short, is done by the
// worker, or the next process; before that nobody gets a set of that name.

// droppedTo is where the folder of a drop is moved to.
func droppedTo(rev thingset.Rev) string {
	return journal.DroppedDir + "/" + strconv.FormatUint(uint64(rev), 10)
}

// moveDropped moves away what was dropped, and has to be before there can be a set, or
// another drop, of a name; "" is any. The caller holds busy.
func (r *room) moveDropped(name string) error {
	var all []error
	for _, d := range r.journal.Unmoved() {
		if name == "" || d.Holds(name) || (journal.Drop{Folder: name}).Holds(d.Folder) {
			all = append(all, r.moveAway(d))
		}
	}
	return errors.Join(all...)
}

// moveAway has the state say that a folder was dropped, and moves it away. Where there is
// none an empty one tells that this was done. The caller holds busy.
func (r *room) moveAway(d journal.Drop) error {
	err := r.disk.Writable()
	if err == nil {
		err = r.journal.Drop(d)
	}
	if err == nil {
		err = r.moveFolder(d.Folder, droppedTo(d.Rev))
	}
	if err != nil {
		return domain.Wrap(err, "e.store.write", domain.Textf("%v 中的数据已删除，目录尚未移走，稍后会再次尝试", "the records of %v are gone, its folder is not yet, and that is tried again", d.Folder))
	}
	r.journal.Moved(d)
	r.dropped = append(r.dropped, d.Rev)
	return nil
}

func (r *room) moveFolder(from, to string) error {
	_, err := r.disk.Lstat(to)
	if missing(err) {
		if err = r.disk.MkdirAll(journal.DroppedDir, 0o700); err == nil {
			err = r.disk.Rename(from, to)
		}
		if missing(err) {
			err = r.disk.MkdirAll(to, 0o700)
		}
	}
	if err == nil {
		err = r.disk.SyncDir(journal.DroppedDir)
	}
	if err == nil {
		err = r.disk.SyncDir(path.Dir(from))
	}
	if missing(err) {
		return nil // the folder above it is gone too
	}
	return err
}

// awaitMove is moveDropped for who wants a set of a name.
func (r *room) awaitMove(name string) error {
	if len(r.journal.Unmoved()) == 0 {
		return nil
	}
	r.busy.Lock()
	defer r.busy.Unlock()
	return r.moveDropped(name)
}

// openDropped finds what earlier processes have moved away, and moves away what they
// have not.
func (r *room) openDropped() {
	if r.disk.ReadOnly() {
		return
	}
	names, err := r.disk.Names(journal.DroppedDir)
	for _, name := range names {
		if rev, bad := strconv.ParseUint(name, 10, 64); bad == nil {
			r.dropped = append(r.dropped, thingset.Rev(rev))
		}
	}
	if err = errors.Join(err, r.moveDropped("")); err != nil {
		r.s.o.Log.Error("a folder that was dropped could not be moved away", "domain", r.dom, "err", err)
	}
}

// removeDropped removes what was moved away and is needed no more.
func (r *room) removeDropped() {
	r.busy.Lock()
	var list []thingset.Rev
	r.dropped = slices.DeleteFunc(r.dropped, func(rev thingset.Rev) bool {
		goes := !r.journal.Needs(rev)
		if goes {
			list = append(list, rev)
		}
		return goes
	})
	r.busy.Unlock()
	for _, rev := range list {
		if err := r.disk.RemoveAll(droppedTo(rev)); err != nil {
			r.s.o.Log.Warn("what was dropped could not be removed; the next start tries again", "domain", r.dom, "folder", droppedTo(rev), "err", err)
		}
	}
}
