package filestore

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
)

// work is the workload: commits, batches, flushing, packing, merging, cutting, dropping,
// the feed, a backup, hand edits, another definition, another opening, a set that grows
// and shrinks, one that is copied into the domain, packs that are moved away.
func (x *script) work() {
	x.put("small", 1, 2, 3)
	x.put(".domain/session/x", 1)
	x.put("mid", 1, 2)
	x.round()
	x.put("large", 1, 2, 3, 4, 5, 6)
	x.put("small", 1)
	x.commit(map[string]string{"small/r4": `{"id":"r4","u":"u4"}`, "large/r1": "", ".domain/session/x/r2": `{"id":"r2"}`})
	x.commit(map[string]string{".domain/session/x/over": `{"id":"over","expi":1}`})
	x.states[0][".domain/session/x/over"] = "" // it has expired
	x.read()
	x.round()
	x.put("large", 2, 3, 4)
	x.drop("small", 2)
	x.put("mid", 1, 3, 4, 5) // it outgrows own files
	x.round()
	x.edit(3)
	x.put("large", 2, 3, 4, 7, 8)
	x.round()
	x.feed()
	x.backup(func() { x.put("small", 1, 5) })
	if x.byHand {
		x.copyIn()
		x.put(copied, 1, 6)
		x.away()
		x.drop(copied, 4)
	}
	x.dropSet("mid")
	x.put("mid", 2, 6)
	x.dropSet(".domain/session")
	x.redefined = true
	x.drop("large", 5, 6, 7, 8)
	x.drop("mid", 3, 4, 5) // and has them again
	x.put("small", 1, 5)
	x.round()
	x.read()
	x.dropSet("small")
	x.put("small", 1, 2)
	x.dropSet("mid")
	x.closeDomain()
	x.put("mid", 7)
	x.put(".domain/session/x", 1, 3)
	x.put("small", 6)
	x.read()
}

func (x *script) closeDomain() {
	if err := x.s.CloseDomain("demo"); err != nil {
		x.refused(err)
	}
}

// commit commits "set/id" -> body, "" deletes.
func (x *script) commit(writes map[string]string) {
	if err := x.define(); err != nil {
		x.refused(err)
		return
	}
	var batch []thingset.Write
	for _, key := range slices.Sorted(maps.Keys(writes)) {
		set, id := filepath.Dir(key), filepath.Base(key)
		w := thingset.Write{Set: set, ID: id}
		if writes[key] != "" {
			w.Body = []byte(writes[key])
		}
		batch = append(batch, w)
	}
	switch _, err := x.s.Commit(context.Background(), "demo", batch); {
	case err == nil:
		x.acknowledged(writes)
	case domain.CodeOf(err) == "e.store.unknown":
		x.unknown(writes)
	default:
		x.refused(err)
	}
}

func (x *script) refused(err error) {
	if x.quiet {
		x.Fatalf("%s: the disk is well: %v", x, err)
	}
}

func (x *script) put(set string, ids ...int) {
	writes := map[string]string{}
	for _, n := range ids {
		size := 40 + x.rnd.IntN(300)
		if x.rnd.IntN(6) == 0 {
			size += x.rnd.IntN(2000) // several blocks
		}
		writes[fmt.Sprintf("%s/r%d", set, n)] = fmt.Sprintf(`{"id":"r%d","u":"u%d","n":%d,"text":"%0*d"}`, n, n, x.rnd.IntN(1000), size, 7)
	}
	x.commit(writes)
}

func (x *script) drop(set string, ids ...int) {
	writes := map[string]string{}
	for _, n := range ids {
		writes[fmt.Sprintf("%s/r%d", set, n)] = ""
	}
	x.commit(writes)
}

// dropSet drops a folder. When that fails the records are gone or not, in memory as on
// disk.
func (x *script) dropSet(folder string) {
	if err := x.define(); err != nil {
		x.refused(err)
		return
	}
	r, err := x.s.room("demo")
	if err != nil {
		x.refused(err)
		return
	}
	of := journal.Drop{Folder: folder}
	writes := map[string]string{}
	for _, state := range x.states {
		for key := range state {
			if of.Holds(filepath.Dir(key)) {
				writes[key] = ""
			}
		}
	}
	err = x.s.Drop(context.Background(), "demo", folder)
	sets, _ := r.in(of)
	switch {
	case err == nil || len(sets) == 0:
		x.acknowledged(writes)
		maps.DeleteFunc(x.edited, func(key string, _ []string) bool { return of.Holds(filepath.Dir(key)) })
	case domain.CodeOf(err) == "e.store.unknown":
		x.unknown(writes)
	}
	if err != nil {
		x.refused(err)
	}
}

// round does what the engine does in the background.
func (x *script) round() {
	x.commitBeside()
	r, err := x.s.room("demo")
	if err != nil {
		x.refused(err)
		return
	}
	for range 3 {
		r.worker.round()
		x.restuck(r)
	}
}

// restuck has sets that are stuck be tried again at once, or not for long.
func (x *script) restuck(r *room) {
	for _, t := range r.loaded() {
		t.stuck.again = time.Time{}
		if !x.quiet && x.rnd.IntN(2) == 0 {
			t.stuck.again = time.Now().Add(time.Hour)
		}
	}
}

// edit is a person's edit of a record file.
func (x *script) edit(n int) {
	key, file := fmt.Sprintf("small/r%d", n), filepath.Join(x.top, "demo/small/index", fmt.Sprintf("r%d.json", n))
	if _, err := os.Stat(file); err != nil {
		return
	}
	text := fmt.Sprintf(`{"id":"r%d","u":"u%d","n":7777}`, n, n)
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		x.Fatal(err)
	}
	if x.disk.scanned(); x.rnd.IntN(2) == 0 {
		x.disk.synced("small/index/" + filepath.Base(file)) // as good editors do
	} else {
		x.unsynced = filepath.Base(file)
	}
	x.edited[key] = append(x.edited[key], text)
	for _, state := range x.states {
		if body := state[key]; body != "" {
			x.edited[key] = append(x.edited[key], body)
		}
	}
	r, err := x.s.room("demo")
	if err != nil {
		return
	}
	for _, t := range r.loaded() {
		if t.name == "small" {
			r.busy.Lock()
			r.edits.walk(t, true)
			r.busy.Unlock()
		}
	}
	r.edits.flush()
}

// feed reads the changes; what it tells of a revision is what was committed.
func (x *script) feed() {
	last := thingset.Rev(0)
	for c, err := range x.s.Changes(context.Background(), "demo", 0) {
		if err != nil {
			return // it is shorter, or the disk fails
		}
		if c.Rev < last {
			x.Fatalf("%s: the feed goes back from %d to %d", x, last, c.Rev)
		}
		last = c.Rev
	}
}

// backup does what a backup does: it walks over the sets while others commit, and
// takes what was changed meanwhile from the feed. What it has in the end is a state that
// was acknowledged, or it fails.
func (x *script) backup(meanwhile func()) {
	r, err := x.s.room("demo")
	if err != nil {
		x.refused(err)
		return
	}
	r.mu.RLock()
	began := r.rev
	r.mu.RUnlock()
	there, err := x.there()
	if meanwhile(); err != nil {
		x.refused(err)
		return
	}
	for c, err := range x.s.Changes(context.Background(), "demo", began) {
		if err != nil {
			return // the feed is shorter, or the disk fails
		}
		delete(there, c.Set+"/"+c.ID)
		if len(c.Body) > 0 {
			there[c.Set+"/"+c.ID] = string(c.Body)
		}
	}
	if want := withoutGone(x.states[0]); !x.same(there, want) {
		x.Fatalf("%s: a backup has\n%v\nacknowledged was\n%v", x, there, want)
	}
}
