package domain

import (
	"errors"
	"io/fs"
	"slices"
)

// Remove removes an object and its metadata. A directory that holds more than
// its own metadata is e.io.obj.notempty unless recursive. It disappears at once
// and whole. API may not remove or rename a directory that holds what it
// cannot see, metadata aside.
func (t *Tree) Remove(p Path, recursive bool) error {
	e, err := t.movable(p)
	if err != nil {
		return err
	}
	if e.obj.Race == DIR {
		err = t.d.removeDir(e.real, recursive)
	} else {
		err = t.d.removeFile(e.real)
	}
	t.d.changed(e.real)
	return ioError(err, p)
}

// movable finds an object that t may take away. A link itself is taken, not
// what it leads to.
func (t *Tree) movable(p Path) (*entry, error) {
	if _, err := t.reach(p); err != nil {
		return nil, err
	}
	e, err := t.lookLink(p)
	if err != nil {
		return nil, err
	}
	if t.who == API && e.obj.Race == DIR && !e.linked {
		if err := t.d.noSecrets(e.real); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// lookLink is look, but a link in the last segment counts as a file of its own.
func (t *Tree) lookLink(p Path) (*entry, error) {
	dir, _, err := t.d.place(p.Dir())
	if err != nil {
		return nil, ioError(err, p)
	}
	at := dir.child(p.Base())
	fi, err := t.d.files.Lstat(string(at))
	if err != nil {
		return nil, ioError(err, p)
	}
	if fi.Mode()&fs.ModeSymlink != 0 {
		return &entry{real: at, linked: true, obj: Object{Race: FILE, Path: at}}, nil
	}
	e, err := t.look(p)
	if err != nil {
		return nil, err
	}
	c := *e
	c.linked = false // by a parent only
	return &c, nil
}

// noSecrets refuses a directory that holds hidden objects or a ThingSet. A
// folder's metadata is its own; one below data/ of a ThingSet has none, and is
// not moved to where it would have.
func (d *Domain) noSecrets(dir Path) error {
	entries, err := d.readDir(dir)
	if err != nil {
		return ioError(err, dir)
	}
	at, err := d.entry(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		p := dir.child(e.Name())
		_, race, meta := metaOwner(p)
		if (!meta || race == DIR && at.inert) && veil(e.Name(), false) {
			return E("e.io.forbidden", Textf("%v 中有隐藏的对象", "%v holds hidden objects", dir))
		}
		if e.IsDir() {
			if err := d.noSecrets(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Domain) removeFile(p Path) error {
	d.shape.Lock()
	defer d.shape.Unlock()
	if err := d.files.Remove(string(p)); err != nil {
		return err
	}
	meta := metaPath(p, FILE)
	if err := d.files.Remove(string(meta)); err != nil && !missing(err) && ioCode(err) != "e.io.path" {
		return err
	}
	return syncDir(d.files, p.Dir().rel())
}

// removeDir renames the folder away first, so that nobody sees half of it; the
// lock is not held while its content goes.
func (d *Domain) removeDir(p Path, recursive bool) error {
	if err := d.hollow(p, recursive); err != nil {
		return err
	}
	away := p.Dir().child(d.tempName())
	if err := d.leave(p, away, recursive); err != nil {
		return err
	}
	return d.files.RemoveAll(string(away))
}

// leave moves a folder away when its keepers let it go.
func (d *Domain) leave(p, away Path, recursive bool) error {
	done, err := d.removing(p)
	defer done()
	if err != nil {
		return err
	}
	if err = d.moveAway(p, away, recursive); missing(err) {
		return nil // a keeper has taken it away
	}
	return err
}

// hollow refuses a directory that holds more than its metadata, unless that may go too.
func (d *Domain) hollow(p Path, recursive bool) error {
	if recursive {
		return nil
	}
	entries, err := d.readDir(p)
	if err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != metaName }) {
		err = E("e.io.obj.notempty", p)
	}
	return err
}

func (d *Domain) moveAway(p, away Path, recursive bool) error {
	d.shape.Lock()
	defer d.shape.Unlock()
	if err := d.hollow(p, recursive); err != nil {
		return err
	}
	return errors.Join(d.files.Rename(string(p), string(away)), syncDir(d.files, p.Dir().rel()))
}
