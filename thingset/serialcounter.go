package thingset

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"

	"github.com/caryahq/carya/domain"
)

// counter gives the numbers of one sequence in one period. Those who wait are
// served together, in one commit, by one goroutine that lives as long as somebody
// waits. The conditions of the commit hold also against other processes.
type counter struct {
	set              *Set
	id               string
	of, name, period string

	mu       sync.Mutex
	queue    []*serialAsk
	busy     bool
	free     uint64 // the next spare number
	freeEnd  uint64
	reserved uint64 // how many were reserved last
}

// maxReserve is the most numbers that are reserved ahead of need.
const maxReserve = 256

func uintText(n uint64) string { return strconv.FormatUint(n, 10) }

// spare is a number that was reserved before.
func (c *counter) spare() (uint64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free >= c.freeEnd {
		return 0, false
	}
	c.free++
	return c.free - 1, true
}

func (c *counter) ask(a *serialAsk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, a)
	if !c.busy {
		c.busy = true
		go c.serve()
	}
}

// serve answers until nobody waits.
func (c *counter) serve() {
	for {
		c.mu.Lock()
		batch := c.queue
		c.queue = nil
		if len(batch) == 0 {
			c.busy = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		err := c.give(context.Background(), batch)
		for _, a := range batch {
			if a.err = err; err != nil {
				a.text = ""
			}
			close(a.done)
		}
	}
}

// give finds the numbers of a batch and commits them.
func (c *counter) give(ctx context.Context, batch []*serialAsk) error {
	for range maxTries {
		err := c.tryGive(ctx, batch)
		if domain.CodeOf(err) != "e.thing.rev" {
			return err
		}
	}
	return domain.E("e.busy", c.name)
}

func (c *counter) tryGive(ctx context.Context, batch []*serialAsk) error {
	next, cond, err := c.next(ctx)
	if err != nil {
		return err
	}
	var writes []Write
	first, given, loose := next, map[string]string{}, false
	for _, a := range batch {
		if a.id == "" {
			a.text, loose = a.render(next), true
			next++
			continue
		}
		text, known := given[a.id]
		if !known {
			if text, err = c.known(ctx, a.id); err != nil {
				return err
			}
		}
		if text == "" {
			text = a.render(next)
			writes = append(writes, c.numberWrite(a, next, text))
			next++
		}
		given[a.id], a.text = text, text
	}
	spare := c.reserve(loose)
	if next+spare == first {
		return nil
	}
	writes = append(writes, c.nextWrite(next+spare, cond))
	if _, err := c.set.db.Commit(ctx, writes...); err != nil {
		return err
	}
	if spare > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.free, c.freeEnd = next, next+spare
	}
	return nil
}

// reserve is how many numbers are taken ahead: ever more while they are used up.
func (c *counter) reserve(loose bool) uint64 {
	if !loose {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved = min(2*c.reserved+1, maxReserve)
	return c.reserved - 1
}

// next reads the number that comes next, and the condition under which that holds.
func (c *counter) next(ctx context.Context) (n uint64, cond Rev, err error) {
	rec, err := c.set.Any(ctx, c.id)
	if domain.CodeOf(err) == "e.thing.noexists" {
		return 1, Absent, nil
	}
	if err != nil {
		return 0, 0, err
	}
	n = field(rec.Body, "next").Uint()
	if n == 0 {
		return 0, 0, domain.E("e.store.damaged", domain.Textf("序列 %v 丢失了序号", "the sequence %v has lost its number", c.name))
	}
	return n, rec.Rev, nil
}

// known is the number that a business has already, "" when it has none.
func (c *counter) known(ctx context.Context, id string) (string, error) {
	rec, err := c.set.Any(ctx, id)
	if domain.CodeOf(err) == "e.thing.noexists" {
		return "", nil
	}
	return field(rec.Body, "serial").Str, err
}

func (c *counter) nextWrite(n uint64, cond Rev) Write {
	return c.write(c.id, cond, map[string]any{"id": c.id, "set": c.of, "name": c.name, "period": c.period, "next": n})
}

func (c *counter) numberWrite(a *serialAsk, n uint64, text string) Write {
	return c.write(a.id, Absent, map[string]any{"id": a.id, "set": c.of, "name": c.name, "for": a.owner, "n": n, "serial": text})
}

func (c *counter) write(id string, cond Rev, doc map[string]any) Write {
	body, _ := json.Marshal(doc) // texts and numbers
	return Write{Set: c.set.name, ID: id, Body: body, If: cond}
}
