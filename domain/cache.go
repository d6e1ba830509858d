package domain

import "sync"

// cache keeps what is known of the objects that are asked for again and again.
// An entry whose folder is watched is good until the watch or an own write says
// otherwise; any other only saves reading unchanged metadata again. It holds
// at most two generations of cacheSize entries.
type cache struct {
	mu         sync.RWMutex
	young, old map[Path]*entry
	gen        uint64 // counts what was forgotten
}

const cacheSize = 2048

// entry is one object as it was found.
type entry struct {
	obj     Object
	real    Path   // without links on the way
	meta    []byte // all metadata as strict JSON, nil when there is none
	metaAt  stamp  // of the metadata file
	metaErr error  // it is broken, and meta is the last good one
	veiled  bool   // absent for API
	set     bool   // a ThingSet: a folder with a thing.json
	inert   bool   // at or below index/ or data/ of a ThingSet: content, which means nothing
	linked  bool   // a symbolic link is on the way: never kept
	sure    bool   // its folder is watched
	stale   bool   // only good for its metadata
}

// get is a good entry, or nil.
func (c *cache) get(p Path) *entry {
	c.mu.RLock()
	e := c.young[p]
	if e == nil {
		e = c.old[p]
		if e != nil && e.sure && !e.stale {
			gen := c.gen
			c.mu.RUnlock()
			c.put(p, e, gen)
			return e
		}
	}
	c.mu.RUnlock()
	if e == nil || !e.sure || e.stale {
		return nil
	}
	return e
}

// last is whatever is known, good or not, and the count to give to put.
func (c *cache) last(p Path) (*entry, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.young[p]
	if e == nil {
		e = c.old[p]
	}
	return e, c.gen
}

// put keeps an entry, unless something was forgotten since gen was taken: the
// entry may be older than that.
func (c *cache) put(p Path, e *entry, gen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gen != c.gen {
		return
	}
	if c.young == nil || len(c.young) >= cacheSize {
		c.old, c.young = c.young, make(map[Path]*entry)
	}
	c.young[p] = e
}

// forget makes p's entry stale, and its parent's, whose time may have changed.
// With below, everything below p too.
func (c *cache) forget(p Path, below bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	for _, m := range []map[Path]*entry{c.young, c.old} {
		stale(m, p)
		stale(m, p.Dir())
		if !below {
			continue
		}
		for q := range m {
			if q.Below(p) {
				stale(m, q)
			}
		}
	}
}

// stale replaces an entry: readers may hold the old one.
func stale(m map[Path]*entry, p Path) {
	if e := m[p]; e != nil && !e.stale {
		c := *e
		c.stale = true
		m[p] = &c
	}
}
