package filestore

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// walk verifies every folder of records from one on. A folder that cannot be read
// is a fault, and the others are verified all the same.
func (v *verifier) walk(dir string) error {
	err := v.unreadable(dir, v.folder(dir))
	if err == nil {
		err = v.each(dir, func(e fs.DirEntry) error {
			sub := path.Join(dir, e.Name())
			if !e.IsDir() || sub == journal.Dir || sub == ".domain/outbox" {
				return nil
			}
			return v.walk(sub)
		})
	}
	return v.unreadable(dir, err)
}

// unreadError says that the names in a folder could not be read.
type unreadError struct {
	dir string
	err error
}

func (e *unreadError) Error() string { return e.dir + ": " + e.err.Error() }
func (e *unreadError) Unwrap() error { return e.err }

// fewNames is how many names are read at once: a folder may hold millions.
const fewNames = 1024

// each visits what is in a folder; nothing when it is not there.
func (v *verifier) each(dir string, visit func(fs.DirEntry) error) error {
	f, err := v.d.Root().OpenFile(dir, os.O_RDONLY|unix.O_NONBLOCK|unix.O_DIRECTORY, 0) // a pipe would make it wait
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &unreadError{dir, err}
	}
	defer f.Close()
	for {
		list, err := f.ReadDir(fewNames)
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
		for _, e := range list {
			if err := visit(e); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &unreadError{dir, err}
		}
	}
}

// packs are those that lie in a folder.
func (v *verifier) packs(dir string) ([]pack.Name, error) {
	var names []string
	err := v.each(dir, func(e fs.DirEntry) error {
		if pack.IsFile(e.Name()) {
			names = append(names, e.Name())
		}
		return nil
	})
	return pack.Names(names), err
}

// folder verifies one folder, when it is one of records.
func (v *verifier) folder(dir string) error {
	if t := v.loaded(dir); t != nil {
		return v.live(t)
	}
	packs, err := v.packs(dir)
	if err != nil {
		return err
	}
	plain, ok := recordFolder(dir)
	if !ok && len(packs) == 0 {
		return nil
	}
	if !ok {
		plain = true // some set of which only the engine's caller knows
	}
	set := dir
	if !plain {
		set = strings.TrimSuffix(dir, "/index")
	}
	return v.check(&checkup{dir: dir, set: set, plain: plain, names: packs})
}

// unseen verifies the sets that the journal's state tells of and that walk has not come
// to: nothing of them is there.
func (v *verifier) unseen() error {
	for _, set := range v.known.Sets() {
		dir := recordDir(set, strings.HasPrefix(set, ".domain/"))
		if v.walked[set] {
			continue
		}
		if err := v.unreadable(dir, v.unseenSet(set, dir)); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) unseenSet(set, dir string) error {
	if t := v.loaded(dir); t != nil {
		return v.live(t)
	}
	names, err := v.packs(dir)
	if err != nil {
		return err
	}
	return v.check(&checkup{dir: dir, set: set, plain: dir == set, names: names})
}

// note notes that a set was looked at.
func (v *verifier) note(set string) {
	if v.walked == nil {
		v.walked = map[string]bool{}
	}
	v.walked[set] = true
}

// check verifies a folder of records that nobody has loaded.
func (v *verifier) check(c *checkup) error {
	c.verifier = v
	v.note(c.set)
	defer c.close()
	return c.run()
}

// recordFolder tells the folders of records by their place.
func recordFolder(dir string) (plain, ok bool) {
	for _, one := range []string{".domain/session/", ".domain/captcha/", ".domain/guess"} {
		if strings.HasPrefix(dir+"/", one) && strings.Count(dir, "/") >= strings.Count(one, "/") {
			return true, true
		}
	}
	return false, path.Base(dir) == "index" && dir != "index"
}
