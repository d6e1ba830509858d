package thingset

import (
	"cmp"
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// A thing has the path of its set and its id: ~/accounts/cq… No file lies
// there; the path is what id: resolves to, and At leads from it to the thing.

// finder looks for ThingSets that nobody has opened yet.
type finder struct {
	mu   sync.Mutex
	next time.Time // no walk before
}

// walkPause is the least time between two walks for an id that nobody knows.
const walkPause = time.Second

// At is the ThingSet and the id of the thing at a path: e.thing.noexists when no
// thing has it. It does not say whether the thing exists.
func (db *DB) At(ctx context.Context, path domain.Path) (*Set, string, error) {
	id := path.Base()
	if CheckID(id) != nil {
		return nil, "", domain.E("e.thing.noexists", path)
	}
	s, err := db.Set(ctx, path.Dir())
	return s, id, err
}

// locate is where the thing of an id is, for id: references.
func (db *DB) locate(id string) (domain.Path, bool) {
	if CheckID(id) != nil {
		return "", false
	}
	ctx := context.Background()
	if p, ok := db.locateIn(ctx, db.open(), id); ok {
		return p, true
	}
	if !db.finder.mayWalk() {
		return "", false
	}
	start := time.Now()
	var fresh []*Set
	for _, path := range db.discover(false) {
		if db.known(path) == nil {
			if s, err := db.Set(ctx, path); err == nil {
				fresh = append(fresh, s)
			}
		}
	}
	db.finder.walked(time.Since(start))
	return db.locateIn(ctx, fresh, id)
}

func (db *DB) locateIn(ctx context.Context, sets []*Set, id string) (domain.Path, bool) {
	for _, s := range sets {
		if _, err := s.Get(ctx, id); err == nil {
			return s.below(id), true
		}
	}
	return "", false
}

// open are the ThingSets that were opened.
func (db *DB) open() []*Set {
	db.mu.RLock()
	defer db.mu.RUnlock()
	var out []*Set
	for _, s := range db.sets {
		if !s.plain {
			out = append(out, s)
		}
	}
	return out
}

func (f *finder) mayWalk() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.next) {
		return false
	}
	f.next = time.Now().Add(walkPause)
	return true
}

func (f *finder) walked(took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = time.Now().Add(max(walkPause, 20*took))
}

// Paths are the domain's ThingSets, sorted: every folder that holds a
// thing.json, good or broken.
func (db *DB) Paths() []domain.Path {
	out := db.discover(false)
	slices.Sort(out)
	return out
}

// Kept are Paths and the folders where something that is no file lies in the place of
// thing.json, when they are open or hold an index: their records count all the same.
func (db *DB) Kept() []domain.Path {
	files := db.d.FS()
	out := slices.DeleteFunc(db.discover(true), func(p domain.Path) bool {
		at := strings.TrimPrefix(string(p)+"/", "/")
		if s := db.known(p); s != nil && !s.plain || isSchema(files, at+SchemaFile, false) {
			return false
		}
		_, err := fs.Stat(files, at+"index")
		return err != nil
	})
	slices.Sort(out)
	return out
}

// discover gives the folders that hold a thing.json. Dot folders and the
// engine's own are left out. With odd, something that is no file may have that
// name too.
func (db *DB) discover(odd bool) []domain.Path { return db.discoverIn("", odd) }

// discoverIn is discover for a folder and what is below it.
func (db *DB) discoverIn(folder domain.Path, odd bool) []domain.Path {
	var out []domain.Path
	isSet := map[string]bool{}
	files := db.d.FS()
	top := cmp.Or(string(folder), ".")
	_ = fs.WalkDir(files, top, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // it is gone
		}
		dir := domain.Path(path).Dir()
		switch {
		case e.IsDir() && path != top && (strings.HasPrefix(e.Name(), ".") || isSet[string(dir)] && isPart(e.Name())):
			return fs.SkipDir
		case e.IsDir():
			at := strings.TrimPrefix(path+"/", "./")
			if isSchema(files, at+SchemaFile, odd) {
				p := domain.Path(strings.TrimSuffix(at, "/"))
				isSet[string(p)] = true
				out = append(out, p)
			}
		}
		return nil
	})
	return out
}

// isPart reports whether a folder of a set holds its records or its files, in any
// spelling, as package domain has it.
func isPart(name string) bool {
	name = domain.Spelled(name)
	return name == "index" || name == "data"
}

func isSchema(files fs.FS, name string, odd bool) bool {
	if odd {
		_, err := fs.Lstat(files, name)
		return err == nil
	}
	fi, err := fs.Stat(files, name)
	return err == nil && fi.Mode().IsRegular()
}
