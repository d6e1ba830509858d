package domain

import (
	"sync"
	"time"
)

// idIndex knows which object of the domain was given which id. It is built on
// first use by one walk over the metadata files; own writes and the watch keep
// it current. Where nothing is watched a hit is verified, and a miss walks again,
// at most once a second.
type idIndex struct {
	d *Domain

	mu    sync.RWMutex
	byID  map[string][]idPlace // more than one when somebody copied a folder
	of    map[Path]string
	built bool

	walks  bool   // a walk is on its way, and
	late   []Path // what changed since it began
	resets int    // tells a walk that it began too early

	learning sync.Mutex // looking and noting are one step: what is seen later counts

	walking sync.Mutex
	next    time.Time // no walk for a miss before
}

// idPlace is where an id is.
type idPlace struct {
	path Path
	race Race
}

// find is the object of an id: the tree's own, else what a resolver knows.
func (d *Domain) find(id string) (Path, bool) {
	if p, ok := d.ids.find(id); ok {
		return p, true
	}
	d.mu.RLock()
	resolvers := d.resolvers
	d.mu.RUnlock()
	for _, f := range resolvers {
		if p, ok := f(id); ok {
			return p, true
		}
	}
	return "", false
}

func (x *idIndex) find(id string) (Path, bool) {
	if at, ok, built := x.get(id); built && ok && x.trusted(at) {
		return at.path, true
	}
	x.build(false)
	if p, ok := x.verified(id); ok {
		return p, true
	}
	if x.d.watch.w.Load() != nil { // it would have told
		return "", false
	}
	x.build(true)
	return x.verified(id)
}

// all are the places of one race that were given an id.
func (x *idIndex) all(race Race) (out []Path) {
	x.build(x.d.watch.w.Load() == nil)
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, places := range x.byID {
		for _, at := range places {
			if at.race == race {
				out = append(out, at.path)
			}
		}
	}
	return out
}

func (x *idIndex) get(id string) (at idPlace, ok, built bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if all := x.byID[id]; len(all) > 0 {
		return all[0], true, x.built
	}
	return idPlace{}, false, x.built
}

// trusted reports whether the watch would have told of a change.
func (x *idIndex) trusted(at idPlace) bool {
	if at.race == FILE {
		return x.d.watch.covers(at.path.Dir())
	}
	return x.d.watch.covers(at.path)
}

// verified is an id's object, looked at. A place that turns out wrong is
// learnt anew; then the next one counts.
func (x *idIndex) verified(id string) (Path, bool) {
	for range 8 {
		at, ok, _ := x.get(id)
		if !ok {
			return "", false
		}
		if x.trusted(at) {
			return at.path, true
		}
		if e, err := x.d.entry(at.path); err == nil && e.obj.ID == id {
			return at.path, true
		}
		x.learn(at.path)
	}
	return "", false
}
