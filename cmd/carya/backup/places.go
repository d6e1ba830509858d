package backup

import (
	"archive/tar"
	"path"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// places hold that no file of an archive lies where the engine keeps records, and
// that records are of sets that the archive lays out. What is a set shows at the end:
// its thing.json may come behind its files.
type places struct {
	schemas map[string]bool   // folders that hold a thing.json
	sets    map[string]bool   // those that have records or changes
	index   map[string]string // by folder, an entry at or below its index/ that is no broken copy
	size    int               // of all these names, in bytes
}

// maxPlaces bounds the size of places.
const maxPlaces = 64 << 20

func newPlaces() *places {
	return &places{schemas: map[string]bool{}, sets: map[string]bool{}, index: map[string]string{}}
}

// file notes an entry below files/.
func (pl *places) file(p string, h *tar.Header) error {
	if dir, name := path.Split(p); name == thingset.SchemaFile && h.Typeflag == tar.TypeReg {
		pl.note(pl.schemas, strings.TrimSuffix(dir, "/"))
	}
	for at := range segments(p) {
		if rest := p[at:]; rest == "index" || strings.HasPrefix(rest, "index/") {
			if h.Typeflag == tar.TypeReg && path.Dir(rest) == "index" && isBrokenCopy(path.Base(rest)) {
				continue
			}
			if dir := strings.TrimSuffix(p[:at], "/"); pl.index[dir] == "" {
				pl.index[dir] = p
				pl.size += len(p)
			}
		}
	}
	return pl.bound()
}

func (pl *places) note(names map[string]bool, name string) {
	if !names[name] {
		names[name] = true
		pl.size += len(name)
	}
}

func (pl *places) bound() error {
	if pl.size > maxPlaces {
		return domain.E("e.io.toolarge", domain.Text{ZH: "数据集过多", EN: "too many sets"})
	}
	return nil
}

// set notes a set that has records.
func (pl *places) set(s setLine) error {
	if s.Plain != isPlain(s.Set) || isTransient(s.Set) {
		return damaged(domain.Textf("数据集 %v 不应出现在备份中", "the set %v has no place in a backup", quoted(s.Set)))
	}
	if !s.Plain {
		pl.note(pl.sets, s.Set)
	}
	return pl.bound()
}

// check holds everything that was noted to the rules.
func (pl *places) check() error {
	is := func(set string) bool { return pl.schemas[set] }
	for set := range pl.schemas {
		if p := pl.index[set]; p != "" && isSet(set, is) {
			return damaged(domain.Textf("%v 位于保存记录的地方，不应出现在备份中", "%v lies where records are kept and has no place in a backup", quoted(filesDir+p)))
		}
	}
	for set := range pl.sets {
		if !isSet(set, is) {
			return damaged(domain.Textf("数据集 %v 没有 thing.json", "the set %v has no thing.json", quoted(set)))
		}
	}
	return nil
}

// isSet reports whether a folder counts as a ThingSet, as thingset.DB.Paths has
// it: not one in a dot folder, nor below index/ or data/ of another set.
func isSet(set string, hasSchema func(string) bool) bool {
	if !hasSchema(set) || domain.Path(set).Hidden() {
		return false
	}
	for at := range segments(set) {
		seg, _, _ := strings.Cut(set[at:], "/")
		if seg = domain.Spelled(seg); (seg == "index" || seg == "data") && hasSchema(strings.TrimSuffix(set[:at], "/")) {
			return false // that one counts: nothing above it was like this
		}
	}
	return true
}

// segments are the places in a path at which a segment begins.
func segments(p string) func(func(int) bool) {
	return func(yield func(int) bool) {
		for at := 0; yield(at); {
			n := strings.IndexByte(p[at:], '/')
			if n < 0 {
				return
			}
			at += n + 1
		}
	}
}
