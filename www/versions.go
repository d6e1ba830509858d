package www

import (
	"sync"

	"github.com/caryahq/carya/thingset"
)

// maxVersions bounds what is kept, per half: see versions.
const maxVersions = 20_000

// versions keeps what was made of records, by the version that it was made
// from. It holds two halves: when the young one is full it becomes the old one,
// so that what is in use stays and the rest goes.
type versions[T any] struct {
	mu         sync.RWMutex
	young, old map[versionKey]T
}

// versionKey names a record's version: a record's bytes never change, so their
// address and revision tell versions of all domains apart.
type versionKey struct {
	at  *byte
	rev thingset.Rev
}

// of gives what f makes of a record, which all callers share.
func (c *versions[T]) of(r thingset.Record, f func(thingset.Record) T) T {
	key := versionKey{&r.Body[0], r.Rev}
	c.mu.RLock()
	made, ok := c.young[key]
	if !ok {
		made, ok = c.old[key]
	}
	c.mu.RUnlock()
	if ok {
		return made
	}
	made = f(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= maxVersions || c.young == nil {
		c.old, c.young = c.young, make(map[versionKey]T, maxVersions/8)
	}
	c.young[key] = made
	return made
}
