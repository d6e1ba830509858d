package domain

import (
	"io/fs"
	"slices"
)

// Some folders are an engine's own and hold up to millions of records: the
// index and data of a ThingSet, sessions, captchas, the journal, the outbox. They
// hold no ids and are not watched here.

// engines reports whether p is such a folder or lies in one.
func (d *Domain) engines(p Path) bool {
	for q := p; q != ""; q = q.Dir() {
		if engineDir(q.Dir(), q.Base(), func() bool {
			e, err := d.entry(q.Dir())
			return err == nil && e.set
		}) {
			return true
		}
	}
	return false
}

// engineDir reports whether the child of that name is an engine's; set tells
// whether dir is a ThingSet.
func engineDir(dir Path, name string, set func() bool) bool {
	switch name {
	case "session", "captcha", "journal", "outbox":
		return dir == dotDomain
	case "index", "data":
		return set()
	}
	return false
}

// walk visits dir and the directories below it, in order, links and engines'
// folders left out. It ends early when the domain is closed.
func (d *Domain) walk(dir Path, visit func(dir Path, entries []fs.DirEntry)) {
	select {
	case <-d.quit:
		return
	default:
	}
	entries, err := d.readDir(dir)
	if err != nil {
		return
	}
	visit(dir, entries)
	for _, sub := range subdirs(dir, entries) {
		d.walk(sub, visit)
	}
}

// subdirs are the directories among entries that are no engine's.
func subdirs(dir Path, entries []fs.DirEntry) []Path {
	set := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == thingJSON })
	var out []Path
	for _, e := range entries {
		if e.IsDir() && !engineDir(dir, e.Name(), func() bool { return set }) {
			out = append(out, dir.child(e.Name()))
		}
	}
	return out
}
