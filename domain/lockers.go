package domain

import (
	"hash/maphash"
	"sync"
)

// lockers keep the writers of one domain from treading on each other. Order:
// a row first, then shape.
type lockers struct {
	shape sync.RWMutex // read-held by a write into the tree, write-held by a rename or removal
	rows  [32]sync.Mutex
	seed  maphash.Seed
}

// row is the lock of one object's read-change-write. Objects share rows.
func (l *lockers) row(p Path) *sync.Mutex {
	return &l.rows[maphash.String(l.seed, string(p))%uint64(len(l.rows))]
}
