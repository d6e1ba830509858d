package domain

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// foundID is an id that a walk met.
type foundID struct {
	id string
	at idPlace
}

// relearnPause is the least time between two walks for ids; a walk that takes long
// makes the pause longer.
const relearnPause = time.Second

// build walks the domain for ids, when that was not done yet; or again, when the
// last walk is a while ago.
func (x *idIndex) build(again bool) {
	x.walking.Lock()
	defer x.walking.Unlock()
	if _, _, built := x.get(""); built && (!again || time.Now().Before(x.next)) {
		return
	}
	start := time.Now()
	x.mu.Lock()
	x.walks, x.late = true, nil
	resets := x.resets
	x.mu.Unlock()
	found := x.d.collectIDs("")
	x.mu.Lock()
	x.byID, x.of = map[string][]idPlace{}, map[Path]string{}
	x.addAll(found)
	late := x.late
	x.walks, x.late, x.built = false, nil, resets == x.resets
	x.mu.Unlock()
	for _, p := range late {
		x.learnAll(p)
	}
	x.next = time.Now().Add(max(relearnPause, 20*time.Since(start)))
}

// reset throws the index away: changes were missed.
func (x *idIndex) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.built = false
	x.resets++
}

// learn looks at one object's id.
func (x *idIndex) learn(p Path) {
	if !x.active(p) {
		return
	}
	x.learning.Lock()
	defer x.learning.Unlock()
	e, err := x.d.entry(p)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(p)
	if err == nil && !e.linked {
		x.addAll([]foundID{{e.obj.ID, idPlace{p, e.obj.Race}}})
	}
}

// learnAll looks at p and everything below it.
func (x *idIndex) learnAll(p Path) {
	if !x.active(p) {
		return
	}
	x.learning.Lock()
	defer x.learning.Unlock()
	found := x.d.collectIDs(p)
	x.mu.Lock()
	defer x.mu.Unlock()
	for q := range x.of {
		if q.Below(p) {
			x.remove(q)
		}
	}
	x.addAll(found)
}

// active reports whether there is an index to keep. A walk that is on its way
// may have passed p already: it looks again at its end.
func (x *idIndex) active(p Path) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.walks {
		x.late = append(x.late, p)
	}
	return x.built
}

func (x *idIndex) remove(p Path) {
	id, ok := x.of[p]
	if !ok {
		return
	}
	delete(x.of, p)
	rest := slices.DeleteFunc(slices.Clone(x.byID[id]), func(at idPlace) bool { return at.path == p })
	if x.byID[id] = rest; len(rest) == 0 {
		delete(x.byID, id)
	}
}

// addAll adds what was found. Of several objects with one id the one nearest to
// ~/ counts, then the first by name.
func (x *idIndex) addAll(found []foundID) {
	for _, f := range found {
		if f.id == "" {
			continue
		}
		x.remove(f.at.path)
		all := append(slices.Clone(x.byID[f.id]), f.at)
		slices.SortFunc(all, func(a, b idPlace) int {
			return cmp.Or(cmp.Compare(a.path.depth(), b.path.depth()), cmp.Compare(a.path, b.path))
		})
		x.byID[f.id], x.of[f.at.path] = all, f.id
	}
}

func (p Path) depth() int { return strings.Count(string(p), "/") }

// collectIDs reads the metadata of p and of what lies below it.
func (d *Domain) collectIDs(p Path) []foundID {
	fi, err := d.files.Lstat(p.rel())
	switch {
	case err != nil:
		return nil
	case fi.Mode().IsRegular():
		return []foundID{{d.metaID(metaPath(p, FILE)), idPlace{p, FILE}}}
	case !fi.IsDir() || d.engines(p):
		return nil
	}
	var out []foundID
	d.walk(p, func(dir Path, entries []fs.DirEntry) {
		for _, e := range entries {
			at := dir.child(e.Name())
			owner, race, ok := metaOwner(at)
			if ok && (race == DIR || hasFile(entries, owner.Base())) {
				out = append(out, foundID{d.metaID(at), idPlace{owner, race}})
			}
		}
	})
	return out
}

// metaID is the id that a metadata file gives, "" when none.
func (d *Domain) metaID(at Path) string {
	js, err := d.readMeta(at)
	if err != nil {
		d.log().Warn("metadata is broken", "domain", d.name, "err", err)
	}
	return gjson.GetBytes(js, "id").String()
}

// hasFile reports whether sorted entries hold a regular file of that name.
func hasFile(entries []fs.DirEntry, name string) bool {
	i, ok := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int {
		return strings.Compare(e.Name(), name)
	})
	return ok && entries[i].Type().IsRegular()
}
