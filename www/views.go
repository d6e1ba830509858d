package www

import (
	"sync"

	"github.com/caryahq/carya/thingset"
)

// maxViews bounds the views that are kept, per half: see viewCache.
const maxViews = 20_000

// viewCache keeps people's own views ready as JSON, by the record that they were
// made from. It holds two halves: when the young one is full it becomes the
// old one, so that what is in use stays and the rest goes.
type viewCache struct {
	mu         sync.RWMutex
	young, old map[viewKey][]byte
}

// viewKey names a record's version: a record's bytes never change, so their
// address and revision tell versions of all domains apart.
type viewKey struct {
	at  *byte
	rev thingset.Rev
}

// own is the person's own view. The bytes are shared.
func (c *viewCache) own(p *Person) []byte {
	key := viewKey{&p.body[0], p.Rev}
	c.mu.RLock()
	view, ok := c.young[key]
	if !ok {
		view, ok = c.old[key]
	}
	c.mu.RUnlock()
	if ok {
		return view
	}
	view = ownView(make([]byte, 0, len(p.body)), p.body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= maxViews || c.young == nil {
		c.old, c.young = c.young, make(map[viewKey][]byte, maxViews/8)
	}
	c.young[key] = view
	return view
}
