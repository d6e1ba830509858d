package regapi

import (
	"container/list"
	"sync"
)

// What is kept of all domains together.
const (
	cacheBytes = 32 << 20 // of the answers and of what they are found by
	cacheItems = 10_000
)

// answerCache keeps the answers that were asked for last. Of a domain that has more in it
// than its part, what is all divided by the domains that have something, only its own
// answers are let go of when it keeps another one: none drives out those of the others.
type answerCache struct {
	mu    sync.Mutex
	items map[cacheKey]*kept
	of    map[string]*cachedOf
	order list.List // of *kept, the last asked for in front
	bytes int
}

// cachedOf is what one domain has in the cache.
type cachedOf struct {
	order list.List // of *kept, the last asked for in front
	bytes int
}

// kept is an answer's place in the cache.
type kept struct {
	*cached
	inAll, inOwn *list.Element
}

func (a *answerCache) find(k cacheKey) *cached {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.items[k]
	if e == nil {
		return nil
	}
	a.order.MoveToFront(e.inAll)
	a.of[e.dom].order.MoveToFront(e.inOwn)
	return e.cached
}

// keep adds an answer and lets go of those that nobody has asked for.
func (a *answerCache) keep(c *cached) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.items == nil {
		a.items, a.of = map[cacheKey]*kept{}, map[string]*cachedOf{}
	}
	if old := a.items[c.key]; old != nil {
		a.remove(old, old.file != c.file)
	}
	d := a.of[c.dom]
	if d == nil {
		d = &cachedOf{}
		a.of[c.dom] = d
	}
	e := &kept{cached: c}
	e.inAll, e.inOwn = a.order.PushFront(e), d.order.PushFront(e)
	a.items[c.key] = e
	a.bytes += c.size()
	d.bytes += c.size()
	for a.bytes > cacheBytes || len(a.items) > cacheItems {
		last := a.order.Back()
		if a.hasMuch(d) {
			last = d.order.Back()
		}
		a.remove(last.Value.(*kept), true)
	}
}

// hasMuch reports whether a domain has more than its part.
func (a *answerCache) hasMuch(d *cachedOf) bool {
	n := len(a.of)
	return d.bytes > cacheBytes/n || d.order.Len() > cacheItems/n
}

func (a *answerCache) remove(e *kept, drop bool) {
	d := a.of[e.dom]
	a.order.Remove(e.inAll)
	d.order.Remove(e.inOwn)
	delete(a.items, e.key)
	a.bytes -= e.size()
	if d.bytes -= e.size(); d.order.Len() == 0 {
		delete(a.of, e.dom)
	}
	if drop && e.drop != nil {
		e.drop()
	}
}
