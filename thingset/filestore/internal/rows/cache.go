package rows

import (
	"sync"
	"sync/atomic"
)

// Body is a record's body in memory, with its id so that nobody has to copy it
// out of the keys.
type Body struct {
	ID   string
	Data []byte

	t   *Table
	r   Row
	ref atomic.Bool // used since the hand came by
}

// overhead is what a body in the cache takes besides its bytes.
const overhead = 160

func (b *Body) size() int64 { return int64(cap(b.Data)) + overhead }

// Cache bounds the bodies of all tables. It evicts by CLOCK: a hand goes round
// and takes what was not used since it came by last. A row remembers a slot of
// the cache; what is in that slot by now says for itself whose body it is, so that
// evicting touches no table and finding takes no lock.
type Cache struct {
	limit int64
	pages []atomic.Pointer[page]

	mu   sync.Mutex
	used int64
	next uint32 // slots from here on were never used
	free []uint32
	hand uint32
}

const pageSlots = 256

type page [pageSlots]atomic.Pointer[Body]

// NewCache is a cache of up to limit bytes.
func NewCache(limit int64) *Cache {
	return &Cache{limit: limit, next: 1, hand: 1, pages: make([]atomic.Pointer[page], limit/overhead/pageSlots+2)}
}

// Used is what the cache holds, in bytes.
func (c *Cache) Used() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

func (c *Cache) slot(n uint32) *atomic.Pointer[Body] {
	return &c.pages[n/pageSlots].Load()[n%pageSlots]
}

// find is the body of a row that remembers slot n.
func (c *Cache) find(t *Table, r Row, n uint32) *Body {
	if n == 0 {
		return nil
	}
	b := c.slot(n).Load()
	if b == nil || b.t != t || b.r != r {
		return nil
	}
	if !b.ref.Load() {
		b.ref.Store(true)
	}
	return b
}

// keep takes a body in and has its row remember the slot.
func (c *Cache) keep(b *Body, remember *uint32) {
	if b.size() > c.limit/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(b.t, b.r, atomic.LoadUint32(remember)) != nil {
		return
	}
	for c.used+b.size() > c.limit {
		c.turn()
	}
	n := c.empty()
	c.slot(n).Store(b)
	c.used += b.size()
	atomic.StoreUint32(remember, n)
}

// empty is an empty slot.
func (c *Cache) empty() uint32 {
	if last := len(c.free) - 1; last >= 0 {
		n := c.free[last]
		c.free = c.free[:last]
		return n
	}
	n := c.next
	c.next++
	if c.pages[n/pageSlots].Load() == nil {
		c.pages[n/pageSlots].Store(new(page))
	}
	return n
}

// turn moves the hand by one.
func (c *Cache) turn() {
	if c.hand++; c.hand >= c.next {
		c.hand = 1
	}
	if b := c.slot(c.hand).Load(); b != nil && !b.ref.Swap(false) {
		c.take(c.hand, b)
	}
}

func (c *Cache) take(n uint32, b *Body) {
	c.slot(n).Store(nil)
	c.used -= b.size()
	c.free = append(c.free, n)
}

// drop takes a row's body out.
func (c *Cache) drop(t *Table, r Row) {
	n := atomic.LoadUint32(&t.head(r).cached)
	if c.find(t, r, n) == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.find(t, r, n); b != nil {
		c.take(n, b)
	}
}

// forget takes all bodies of a table out.
func (c *Cache) forget(t *Table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := uint32(1); n < c.next; n++ {
		if b := c.slot(n).Load(); b != nil && b.t == t {
			c.take(n, b)
		}
	}
}
