package filestore

import (
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// set is a set in memory. The room's lock guards it, except what only whoever
// holds room.busy touches.
type set struct {
	name   string
	dir    string       // where its records lie
	tag    string       // of the names in tmpDir
	born   thingset.Rev // see pack.Mark
	plain  bool         // as def says; it never changes
	def    thingset.Def
	code   []byte // def as the journal and key files have it
	served bool   // it was defined, not just loaded for its journal
	rows   *rows.Table

	// What waits to be settled: the last version of each record that is in no
	// pack yet, and what is gone.
	dirty map[rows.Row]struct{}
	gone  map[string]departure

	// Of small sets (see layout.go) each record has its own file.
	small   bool
	told    bool                  // the journal's state says so: later than small when it has shrunk (safe), and no more before own files go (setSmall)
	current map[rows.Row]struct{} // dirty rows that their own file shows: a person wrote them
	ahead   map[rows.Row]struct{} // rows that were changed, as lm tells, since what their own file shows
	shown   bool                  // all records were flushed to own files since it got small

	// Only for whoever holds room.busy.
	begun      bool                  // its folder was compared with it
	unlisted   int                   // how often the disk did not list it before that
	broken     map[string]rows.Stamp // own files that are no good, by id
	older      map[string][]older    // after a crash: what own files may show that the engine wrote before
	moved      map[string]struct{}   // ids whose own file has another state and the same text
	folderless bool                  // its folder is gone, which was told
	untold     thingset.Rev          // own files may show versions from this one on of which the journal alone tells; 0: none
	away       map[string]struct{}   // ids of dirty records whose own file was removed: they wait until that was looked at

	packs    []*pack.Pack  // by number; the last one is written to unless full
	last     int           // the highest number that a pack ever had: none is used twice
	rooted   bool          // the names of its folder and of those above it are durable
	marks    map[int]int64 // how much of their key files is synced, by number
	afloat   afloat
	holds    bool // dirty records may be in no journal: what the journal's state lists stays until they are settled
	merging  *merge
	stuck    stuck
	unmerged stuck
	looked   time.Time   // for its packs
	empty    []pack.Name // packs that were perhaps begun just before the end
	junk     []int       // numbers of packs that do not count and are to be removed
	strays   []*stray    // what they tell is being taken in (stray.go)
	dying    []*stray    // to be removed once the journal's state says so
	buried   []int       // numbers of packs that were removed, until their folder was synced
	stale    int         // packs up to this number have keys of another definition
	left     atomic.Bool // it was dropped
	watched  func()      // ends the watch of dir; nil when it is not watched
}

// departure is a delete that waits to be settled.
type departure struct {
	rev   thingset.Rev
	stamp rows.Stamp // of the record's own file
}

// newSet makes an empty set.
func (r *room) newSet(name string, def thingset.Def) *set {
	born := r.journal.Born(name)
	t := &set{name: name, born: born, dir: recordDir(name, def.Plain), tag: tmpTag(name, born), plain: def.Plain}
	t.redefine(def)
	t.rows = rows.NewTable(rows.NewShape(def), r.s.cache)
	t.dirty, t.gone = map[rows.Row]struct{}{}, map[string]departure{}
	return t
}

func (t *set) redefine(def thingset.Def) {
	t.def = def
	t.code, _ = json.Marshal(def) // strings, numbers and a bool
}

// loose is up to how many records each has its own file.
func (t *set) loose() int {
	switch {
	case t.def.Loose == thingset.AsItIs:
		return 1 << 62
	case t.def.Loose < 0:
		return 0
	case t.def.Loose > 0:
		return t.def.Loose
	case t.plain:
		return 1 << 62
	}
	return 20_000
}

// live is the row of an id, 0 when there is none or it has expired.
func (r *room) live(t *set, id string) rows.Row {
	row := t.rows.Find(id)
	if row == 0 || r.dead(t, row) {
		return 0
	}
	return row
}

// dead reports whether a row has expired.
func (r *room) dead(t *set, row rows.Row) bool {
	at := t.rows.Expi(row)
	return at > 0 && at <= r.clock.now()
}
