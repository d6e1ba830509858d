package domain

import (
	"maps"
	"slices"

	"io/fs"
)

// snapshot is what a directory held when it was last looked at.
type snapshot map[string]stamp

// addTree watches dir and what lies below it, and appends what it finds there:
// each directory is watched first and read then, so that nothing falls between.
func (w *watch) addTree(dir Path, found []Path) []Path {
	if w.d.isClosing() {
		return found
	}
	told := w.add(dir)
	entries, err := w.d.readDir(dir)
	if err != nil {
		return found
	}
	if !told {
		w.polled[dir] = w.d.snapshot(dir, entries)
	}
	for _, e := range entries {
		p := dir.child(e.Name())
		if owner, _, ok := metaOwner(p); ok {
			p = owner
		}
		found = append(found, p)
	}
	for _, sub := range subdirs(dir, entries) {
		found = w.addTree(sub, found)
	}
	return found
}

// add has the system tell of changes in dir; false when it cannot. Below a
// directory that is compared all are: a covered one lies in covered ones.
func (w *watch) add(dir Path) bool {
	if dir != "" && !w.covers(dir.Dir()) {
		return false
	}
	w.mu.RLock()
	n := len(w.dirs)
	w.mu.RUnlock()
	limit := w.d.root.opt.WatchDirs
	if n >= limit {
		w.warn("more directories than are watched, times are compared beyond", "watched", max(limit, 0))
		return false
	}
	if err := w.d.root.notify.add(w, dir); err != nil {
		if !missing(err) {
			w.warn("the system watches no more directories, times are compared", "err", err)
		}
		return false
	}
	w.mu.Lock()
	w.dirs[dir] = struct{}{}
	w.mu.Unlock()
	return true
}

// warn says once in a domain's life that it is watched in part.
func (w *watch) warn(msg string, args ...any) {
	if !w.warned {
		w.warned = true
		w.d.log().Warn(msg, append(args, "domain", w.d.name)...)
	}
}

// dropTree forgets the watches of a directory that went, or was replaced, and
// of what lay below it.
func (w *watch) dropTree(dir Path) {
	if _, polled := w.polled[dir]; !polled && !w.covers(dir) {
		return // a file: by far the most
	}
	for q := range w.polled {
		if q.Below(dir) {
			delete(w.polled, q)
		}
	}
	for _, q := range w.uncover(dir) {
		w.d.root.notify.remove(w, q)
		w.moved = true
	}
}

// uncover takes the directories at and below dir out of those that are covered.
func (w *watch) uncover(dir Path) []Path {
	w.mu.Lock()
	defer w.mu.Unlock()
	var gone []Path
	for q := range w.dirs {
		if q.Below(dir) {
			gone = append(gone, q)
			delete(w.dirs, q)
		}
	}
	return gone
}

// heal looks, after a directory was moved, for watches that are none. fsnotify
// keeps one name for one inode: a directory that was met under its new name while
// the old one was still known is watched under neither afterwards.
func (w *watch) heal() {
	if !w.moved {
		return
	}
	w.moved = false
	w.mu.RLock()
	dirs := slices.Collect(maps.Keys(w.dirs))
	w.mu.RUnlock()
	for _, p := range w.d.root.notify.lost(w, dirs) {
		w.note(p, true)
	}
}

// poll compares the directories that the system does not watch.
func (w *watch) poll() {
	for dir, old := range w.polled {
		if w.d.isClosing() {
			return
		}
		entries, err := w.d.readDir(dir)
		if err != nil {
			w.note(dir, true)
			continue
		}
		now := w.d.snapshot(dir, entries)
		w.polled[dir] = now
		w.compare(dir, old, now)
	}
}

func (w *watch) compare(dir Path, old, now snapshot) {
	for name, s := range now {
		was, ok := old[name]
		same := ok && s.mode.IsDir() && was.mode.IsDir() && was.inode == s.inode
		if was != s && !same { // a directory's own time is that of its content
			w.note(dir.child(name), true)
		}
	}
	for name := range old {
		if _, ok := now[name]; !ok {
			w.note(dir.child(name), true)
		}
	}
}

func (d *Domain) snapshot(dir Path, entries []fs.DirEntry) snapshot {
	s := make(snapshot, len(entries))
	for _, e := range entries {
		if at := stampOf(d.files, dir.child(e.Name())); at != (stamp{}) {
			s[e.Name()] = at
		}
	}
	return s
}
