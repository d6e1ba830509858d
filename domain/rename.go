package domain

import (
	"errors"
)

// Rename moves an object with its metadata. What is at the new place already is
// e.io.obj.exists; missing folders on the way there are made. A crash in the
// middle may leave the metadata at both places, never at none.
func (t *Tree) Rename(from, to Path) error {
	e, err := t.movable(from)
	if err != nil {
		return err
	}
	dest, err := t.target(to)
	if err != nil {
		return err
	}
	if dest != e.real && dest.Below(e.real) {
		return E("e.io.path", Textf("%v 位于 %v 之内", "%v lies inside %v", to, from))
	}
	if err := t.keepsSites(e, dest); err != nil {
		return err
	}
	if e.obj.Race == DIR {
		if err := t.d.askKeepers(func(k Keeper) error { return k.Moving(e.real, dest) }); err != nil {
			return err
		}
	}
	err = t.d.move(e.real, dest, e.obj.Race)
	t.d.changed(e.real)
	t.d.changed(dest)
	return ioError(err, from)
}

func (d *Domain) move(from, to Path, race Race) error {
	d.shape.Lock()
	defer d.shape.Unlock()
	if _, err := d.files.Lstat(string(to)); err == nil {
		return E("e.io.obj.exists", to)
	}
	if err := d.makeDirs(to.Dir()); err != nil {
		return err
	}
	if race == FILE {
		if err := d.copyMeta(metaPath(from, FILE), metaPath(to, FILE)); err != nil {
			return err
		}
	}
	if err := d.files.Rename(string(from), string(to)); err != nil {
		return err
	}
	var err error
	if race == FILE {
		err = d.files.Remove(string(metaPath(from, FILE)))
		if missing(err) || err != nil && ioCode(err) == "e.io.path" {
			err = nil
		}
	}
	return errors.Join(err, syncDir(d.files, from.Dir().rel()), syncDir(d.files, to.Dir().rel()))
}

// copyMeta brings metadata to a file's new place, and takes away what an earlier
// file may have left there.
func (d *Domain) copyMeta(from, to Path) error {
	src, _, err := readStamped(d.files, from, MaxMeta)
	switch {
	case err == nil:
		return d.replace(to, src)
	case !missing(err) && ioCode(err) != "e.io.path":
		return err
	}
	if err := d.files.Remove(string(to)); err != nil && !missing(err) && ioCode(err) != "e.io.path" {
		return err
	}
	return nil
}

// replace writes a small file whole.
func (d *Domain) replace(p Path, data []byte) error {
	w, err := d.draft(p)
	if err != nil {
		return err
	}
	if _, err := w.file.Write(data); err != nil {
		return errors.Join(err, w.drop())
	}
	return w.commit()
}
