package domain

import (
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Tree is a domain's tree as a principal sees it. For API everything whose path
// has a segment that begins with a dot is absent, and so are thing.json and
// the records of a ThingSet: reading is e.io.obj.noexists, writing
// e.io.forbidden, also by way of an id or a symbolic link. Owner sees all.
//
// Paths never leave the domain: a symbolic link that does is
// e.io.path.outside. Pipes, sockets and devices are no objects. All methods
// may be called at once from many goroutines.
type Tree struct {
	d   *Domain
	who Principal
}

// Resolve is the path that a Ref names. A path is itself, whether or not
// something is there; an id must be known (e.io.obj.noexists).
func (t *Tree) Resolve(r Ref) (Path, error) {
	if r.ID == "" {
		return r.Path, r.Path.check()
	}
	p, ok := t.d.find(r.ID)
	if ok && t.who == API {
		_, veiled, err := t.d.place(p)
		ok = err == nil && !veiled
	}
	if !ok {
		return "", E("e.io.obj.noexists", "id:"+shorten(r.ID))
	}
	return p, nil
}

// Object is the object that a Ref names.
func (t *Tree) Object(r Ref) (*Object, error) {
	p := r.Path
	if r.ID != "" {
		var err error
		if p, err = t.Resolve(r); err != nil {
			return nil, err
		}
	}
	return t.Stat(p)
}

// Stat is the object at a path.
func (t *Tree) Stat(p Path) (*Object, error) {
	e, err := t.look(p)
	if err != nil {
		return nil, err
	}
	return &e.obj, nil
}

// look finds an object for reading.
func (t *Tree) look(p Path) (*entry, error) {
	e := t.d.cache.get(p)
	if e == nil {
		var err error
		if err = p.check(); err == nil {
			e, err = t.d.entry(p)
		}
		if err != nil {
			if t.who == API && p.Hidden() {
				return nil, E("e.io.obj.noexists", p)
			}
			return nil, err
		}
	}
	if e.veiled && t.who == API {
		return nil, E("e.io.obj.noexists", p)
	}
	return e, nil
}

// List is the objects of a directory, sorted by name. What cannot be reached (a
// broken link, one that leaves the domain) is left out.
func (t *Tree) List(p Path) ([]*Object, error) {
	e, err := t.look(p)
	if err != nil {
		return nil, err
	}
	if e.obj.Race != DIR {
		return nil, E("e.io.obj.isfile", p)
	}
	entries, err := t.d.readDir(e.real)
	if err != nil {
		return nil, ioError(err, p)
	}
	out := make([]*Object, 0, len(entries))
	for _, de := range entries {
		o, err := t.Stat(p.child(de.Name()))
		switch CodeOf(err) {
		case "":
			out = append(out, o)
		case "e.io.obj.noexists", "e.io.path.outside", "e.io.path":
		default:
			return nil, err
		}
	}
	return out, nil
}

// readDir is a folder's content sorted by name, without temporary files. The
// entries' Info must not be called: it goes by the path's text.
func (d *Domain) readDir(p Path) ([]fs.DirEntry, error) {
	f, err := openDir(d.files, p.rel())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return isTemp(e.Name()) })
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// Open opens a file for reading. What it gives is an io.ReadSeeker and an
// io.ReaderAt. A directory is e.io.obj.isdir.
func (t *Tree) Open(p Path) (fs.File, error) {
	f, _, err := t.open(p)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (t *Tree) open(p Path) (*os.File, os.FileInfo, error) {
	e, err := t.look(p)
	if err != nil {
		return nil, nil, err
	}
	if e.obj.Race == DIR {
		return nil, nil, E("e.io.obj.isdir", p)
	}
	f, fi, err := openFile(t.d.files, e.real)
	return f, fi, ioError(err, p)
}

// ReadFile is the content of a file of at most MaxFile bytes (e.io.toolarge).
func (t *Tree) ReadFile(p Path) ([]byte, error) { return t.ReadWithin(p, MaxFile) }

// ReadWithin is the content of a file of at most max bytes (e.io.toolarge).
func (t *Tree) ReadWithin(p Path, max int64) ([]byte, error) {
	f, fi, err := t.open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readWithin(f, fi, p, max)
	return b, ioError(err, p)
}
