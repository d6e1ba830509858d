package filestore

import (
	"sync/atomic"
	"time"
)

// clock is the time by which records expire, in Unix ms. It does not go back,
// so that what has expired stays so, until everything that had expired by its time
// was removed (caughtUp): then a clock that was wrong for a while may be put right.
type clock struct {
	wall func() time.Time
	seen atomic.Int64
}

func (c *clock) now() int64 {
	t := c.wall().UnixMilli()
	for {
		seen := c.seen.Load()
		if t <= seen {
			return seen
		}
		if c.seen.CompareAndSwap(seen, t) {
			return t
		}
	}
}

// caughtUp says that nothing is left that had expired at a time.
func (c *clock) caughtUp(at int64) {
	if t := c.wall().UnixMilli(); t < at {
		c.seen.CompareAndSwap(at, t)
	}
}
