package filestore

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// edits finds what people do to records' own files: from the system, which
// tells names, and otherwise by comparing times. What it notes the worker looks at
// a little later, when the person's editor is done (see edit.go).
type edits struct {
	r *room

	flushing sync.Mutex // one at a time, before room.busy

	mu    sync.Mutex
	noted map[*set]map[string]edit
	whole map[*set]time.Time // everything in them has to be looked at, then
	polls map[*set]bool      // those that the system does not watch
	every time.Duration
	ended bool
}

// edit is a file that may have been edited.
type edit struct {
	at    time.Time // when to look
	last  bool      // it was looked at before and was no record
	first time.Time // when it was noted first; zero for one that was looked at before
	tries int       // how often the disk did not show it
}

// An edit is looked at editDelay after it was noted, since editors write in
// steps, and again and again: at most editLongest later. What is no record then is looked
// at once more editPatience later.
const (
	editDelay    = 60 * time.Millisecond
	editLongest  = 300 * time.Millisecond
	editPatience = 400 * time.Millisecond
)

// What the disk refuses to show is looked at looksMost times more, each time after twice
// as long: about two seconds in all.
const looksMost = 8

func lookAfter(tries int) time.Duration { return 4 * time.Millisecond << tries }

// begin watches a set that was loaded, and notes everything in it that is not
// as the engine left it.
func (e *edits) begin(t *set) {
	e.r.busy.Lock()
	defer e.r.busy.Unlock()
	if t.left.Load() {
		return
	}
	e.watch(t)
	if !t.begun {
		e.r.recall(t)
	}
	err := e.walk(t, !t.begun)
	if t.begun || err == nil || t.unlisted >= looksMost {
		t.begun, t.unlisted = true, 0
		return
	}
	t.unlisted++
	e.mu.Lock()
	e.whole[t] = time.Now().Add(lookAfter(t.unlisted))
	e.mu.Unlock()
	e.r.worker.wake(lookAfter(t.unlisted))
}

// start makes room for what comes.
func (e *edits) start(r *room) {
	e.r, e.polls, e.noted, e.whole = r, map[*set]bool{}, map[*set]map[string]edit{}, map[*set]time.Time{}
}

// watch has the system tell about a set's folder, once there is one.
func (e *edits) watch(t *set) {
	if t.watched != nil {
		return
	}
	stop, err := func() {}, errNoWatch
	if watch := e.r.s.o.Watch; watch != nil {
		stop, err = watch(e.r.dom, t.dir, func(name string) { e.told(t, name) })
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.polls[t] = err != nil; err == nil {
		t.watched = stop
		return
	}
	if e.r.s.o.Watch != nil && !missing(err) {
		e.r.s.noWatch.Do(func() {
			e.r.s.o.Log.Warn("the system watches no more folders; edits by hand are found by comparing times instead", "domain", e.r.dom, "dir", t.dir, "err", err)
		})
	}
	e.r.worker.wake(e.r.s.o.Poll)
}

// told takes a name from the system.
func (e *edits) told(t *set, name string) {
	if name == "" {
		e.mu.Lock()
		if !t.left.Load() {
			e.whole[t] = time.Now()
		}
		e.mu.Unlock()
		e.r.worker.wake(editDelay)
		return
	}
	if id, ok := ownID(name, t.plain); ok {
		e.note(t, id)
	}
}

// note has a record's own file be looked at soon.
func (e *edits) note(t *set, id string) {
	now := time.Now()
	one := edit{at: now.Add(editDelay), first: now}
	e.mu.Lock()
	if was := e.noted[t][id].first; !was.IsZero() {
		one.first = was
	}
	e.mu.Unlock()
	if longest := one.first.Add(editLongest); one.at.After(longest) {
		one.at = longest
	}
	e.noteFor(t, id, one)
}

func (e *edits) noteFor(t *set, id string, one edit) {
	e.mu.Lock()
	if e.ended || t.left.Load() {
		e.mu.Unlock()
		return
	}
	if e.noted[t] == nil {
		e.noted[t] = map[string]edit{}
	}
	e.noted[t][id] = one
	e.mu.Unlock()
	e.r.worker.wake(time.Until(one.at))
}

// walk compares a set's folder with what is known of it, and has what differs
// be looked at. The caller holds busy.
func (e *edits) walk(t *set, last bool) error {
	names, err := e.r.disk.Names(t.dir)
	if err != nil {
		e.r.s.o.Log.Warn("a folder of records cannot be read", "domain", e.r.dom, "dir", t.dir, "err", err)
		return err
	}
	if len(names) > 0 && t.folderless {
		t.folderless = false
		e.watch(t)
	}
	known := e.r.stamps(t)
	differs := func(id string) {
		if !e.isNoted(t, id) {
			e.noteFor(t, id, edit{at: time.Now(), last: last})
		}
	}
	for _, name := range names {
		id, ok := ownID(name, t.plain)
		if !ok {
			continue
		}
		was := known[id]
		delete(known, id)
		if now, _, err := e.r.ownState(t, id); err != nil || !alike(now, was) {
			differs(id)
		}
	}
	for id := range known { // they had a file, or want one
		differs(id)
	}
	return nil
}

func (e *edits) isNoted(t *set, id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.noted[t][id]
	return ok
}

// stamps are the known states of all own files of a set, by id. A small set's
// records without one are in it too.
func (r *room) stamps(t *set) map[string]rows.Stamp {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := map[string]rows.Stamp{}
	for row, s := range t.rows.Stamped() {
		list[string(t.rows.ID(row))] = s
	}
	for id, d := range t.gone {
		if d.stamp != (rows.Stamp{}) {
			list[id] = d.stamp
		}
	}
	maps.Copy(list, t.broken)
	if t.small {
		for row := range t.rows.All() {
			if _, dirty := t.dirty[row]; !dirty && t.rows.Stamp(row) == (rows.Stamp{}) {
				list[string(t.rows.ID(row))] = rows.Stamp{}
			}
		}
	}
	return list
}

// flush looks at what was noted long enough ago.
func (e *edits) flush() {
	e.flushing.Lock()
	defer e.flushing.Unlock()
	for _, t := range e.r.loaded() {
		if e.wholeDue(t) {
			e.rejoin(t)
		}
		if ids := e.due(t); len(ids) > 0 {
			e.look(t, ids)
		}
		e.sorted(t)
	}
}

// wholeDue reports whether all of a set is to be looked at now.
func (e *edits) wholeDue(t *set) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, ok := e.whole[t]
	if !ok || at.After(time.Now()) {
		return false
	}
	delete(e.whole, t)
	return true
}

// sorted forgets what a crash left once all of it was looked at.
func (e *edits) sorted(t *set) {
	e.r.busy.Lock()
	defer e.r.busy.Unlock()
	if t.begun && !e.waiting(t) && !e.r.recalls(t) {
		t.older = nil
	}
}

// unsorted reports whether own files that a crash has left are still to be looked
// at. What they may show stands in the journal, also what is long out of date:
// until then it must not be cut. The caller holds busy.
func (r *room) unsorted() bool {
	return slices.ContainsFunc(r.loaded(), r.unsortedSet)
}

func (r *room) unsortedSet(t *set) bool { return !t.begun || t.older != nil }

// drain looks at everything that was noted: the end has come.
func (e *edits) drain() {
	e.mu.Lock()
	for _, list := range e.noted {
		for id := range list {
			list[id] = edit{last: true}
		}
	}
	e.mu.Unlock()
	e.flush()
}

// rejoin watches a set anew whose folder may have gone and come.
func (e *edits) rejoin(t *set) {
	e.r.busy.Lock()
	t.unwatch()
	e.r.busy.Unlock()
	e.begin(t)
}

func (t *set) unwatch() {
	if t.watched != nil {
		t.watched()
		t.watched = nil
	}
}

func (e *edits) waiting(t *set) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.noted[t]) > 0
}

// due takes the ids whose time has come.
func (e *edits) due(t *set) map[string]edit {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, list := time.Now(), map[string]edit{}
	for id, one := range e.noted[t] {
		if !one.at.After(now) {
			list[id] = one
			delete(e.noted[t], id)
		}
	}
	return list
}

// look looks at files in the order of their ids.
func (e *edits) look(t *set, list map[string]edit) {
	e.r.busy.Lock()
	defer e.r.busy.Unlock()
	if t.left.Load() {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(list)) {
		one := list[id]
		switch e.r.lookAt(t, id, one.last, one.tries < looksMost) {
		case again:
			e.noteFor(t, id, edit{at: time.Now().Add(editPatience), last: true})
		case refused:
			one.tries++
			e.noteFor(t, id, edit{at: time.Now().Add(lookAfter(one.tries)), last: one.last, tries: one.tries})
		default:
			delete(t.away, id)
		}
	}
}

// next is when something noted has to be looked at.
func (e *edits) next() (at time.Time, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, whole := range e.whole {
		if !ok || whole.Before(at) {
			at, ok = whole, true
		}
	}
	for _, list := range e.noted {
		for _, one := range list {
			if !ok || one.at.Before(at) {
				at, ok = one.at, true
			}
		}
	}
	return at, ok
}

// leave forgets a set that was dropped. The caller holds busy.
func (e *edits) leave(t *set) {
	t.unwatch()
	t.left.Store(true)
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.noted, t)
	delete(e.whole, t)
	delete(e.polls, t)
}

// stop ends all watches.
func (e *edits) stop() {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	e.r.busy.Lock()
	defer e.r.busy.Unlock()
	for _, t := range e.r.loaded() {
		t.unwatch()
	}
}
