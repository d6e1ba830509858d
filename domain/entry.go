package domain

import (
	"io/fs"
	"os"
	"strings"
)

const thingJSON = "thing.json"

// entry is what is at p, from the cache or from disk. p is clean.
func (d *Domain) entry(p Path) (*entry, error) {
	if e := d.cache.get(p); e != nil {
		return e, nil
	}
	old, gen := d.cache.last(p)
	sure := p == "" || d.watch.covers(p.Dir()) // before looking
	e, err := d.load(p, old)
	if err != nil {
		return nil, err
	}
	if !e.linked {
		e.sure = e.sure && sure
		d.cache.put(p, e, gen)
	}
	if !e.sure {
		d.watch.want()
	}
	return e, nil
}

func (d *Domain) load(p Path, old *entry) (*entry, error) {
	if p == "" {
		return d.describe("", &entry{}, d.name, old)
	}
	parent, err := d.entry(p.Dir())
	if missing(err) {
		return nil, E("e.io.obj.noexists", p)
	}
	if err != nil {
		return nil, err
	}
	name := p.Base()
	if parent.obj.Race != DIR || isTemp(name) {
		return nil, E("e.io.obj.noexists", p)
	}
	real := parent.real.child(name)
	if !parent.linked {
		e, err := d.describe(real, parent, name, old)
		if e != nil || err != nil {
			return e, err
		}
	}
	return d.follow(p, real, parent)
}

// describe makes the entry of a path without links before its last segment; it
// is nil when that is a link itself.
func (d *Domain) describe(p Path, parent *entry, name string, old *entry) (*entry, error) {
	sure := d.watch.covers(p)
	fi, err := d.files.Lstat(p.rel())
	if err != nil {
		return nil, ioError(err, p)
	}
	e := &entry{real: p}
	if p != "" {
		e.veiled, e.inert = parent.veiled || veil(name, parent.set), parent.isContent(name)
	}
	switch {
	case fi.Mode()&fs.ModeSymlink != 0:
		return nil, nil
	case fi.IsDir():
		e.obj.Race, e.sure = DIR, sure
		e.set = !e.inert && stampOf(d.files, p.child(thingJSON)) != stamp{}
	case fi.Mode().IsRegular():
		e.obj.Race, e.sure = FILE, true
		e.obj.Type, e.obj.Len = p.Ext(), fi.Size()
		e.obj.Mime = MimeOf(e.obj.Type)
	default: // pipes, sockets and devices are no objects
		return nil, E("e.io.obj.noexists", p)
	}
	e.obj.Name, e.obj.Path, e.obj.PID = name, p, parent.obj.ID
	e.obj.Modified = fi.ModTime().UnixMilli()
	d.loadMeta(e, old)
	return e, nil
}

// follow makes the entry of a path with a link on its way: its target's, under
// the path's own name.
func (d *Domain) follow(p, real Path, parent *entry) (*entry, error) {
	target, err := d.resolveLinks(real)
	if err != nil {
		return nil, err
	}
	t, err := d.entry(target)
	if err != nil {
		return nil, err
	}
	e := *t
	e.linked, e.sure = true, false
	e.veiled = t.veiled || parent.veiled || veil(p.Base(), parent.set)
	e.inert = t.inert || parent.isContent(p.Base())
	e.set = t.set && !e.inert
	e.obj.Name, e.obj.Path, e.obj.PID = p.Base(), p, parent.obj.ID
	return &e, nil
}

// place is where p lies, or would lie when it is made: its path without links,
// and whether that is veiled.
func (d *Domain) place(p Path) (real Path, veiled bool, err error) {
	e, err := d.entry(p)
	if err == nil {
		return e.real, e.veiled, nil
	}
	if p == "" || !missing(err) {
		return "", p.Hidden(), err
	}
	dir, veiled, err := d.place(p.Dir())
	if err != nil {
		return "", veiled || p.Hidden(), err
	}
	parent, err := d.entry(dir)
	return dir.child(p.Base()), veiled || veil(p.Base(), err == nil && parent.set), nil
}

const maxLinks = 40 // as Linux has it

// resolveLinks follows the symbolic links in p by their text. What leaves the
// domain is an error; os.Root would refuse it too.
func (d *Domain) resolveLinks(p Path) (Path, error) {
	done, rest, links := Path(""), strings.Split(string(p), "/"), 0
	for len(rest) > 0 {
		seg := rest[0]
		rest = rest[1:]
		switch {
		case seg == "" || seg == ".":
			continue
		case seg == ".." && done == "":
			return "", E("e.io.path.outside", p)
		case seg == "..":
			done = done.Dir()
			continue
		}
		next := done.child(seg)
		target, err := d.files.Readlink(string(next))
		if err != nil { // no link, or nothing there
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", E("e.io.obj.noexists", p)
		}
		if strings.HasPrefix(target, "/") {
			return "", E("e.io.path.outside", p)
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return done, nil
}

// syncDir makes a folder's names durable.
func syncDir(files *os.Root, dir string) error {
	f, err := openDir(files, dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
