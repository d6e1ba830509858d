package thingset

import "context"

// Sorting is a query whose sorts keep at most so many bytes.
func Sorting(q Query, room int) Query {
	q.room = room
	return q
}

// Sorted is what a query finds, how many bytes its keys took and in how many further
// passes they were read; each is called for every record.
func (s *Set) Sorted(ctx context.Context, q Query, each func(Record)) (most, passes, matched int, err error) {
	r, err := s.newRun(ctx, q)
	if err != nil {
		return 0, 0, 0, err
	}
	r.count = !q.NoSum
	for rec, err := range r.page() {
		if err != nil {
			return 0, 0, 0, err
		}
		each(rec)
	}
	return r.most, r.passes, r.matched, nil
}

// Sharing is a query whose sorts share a room of so many bytes for keys, and for
// records.
func Sharing(q Query, s *SortRoom) Query {
	q.shared = (*sortRoom)(s)
	return q
}

// SortRoom is what sorts share.
type SortRoom sortRoom

// NewSortRoom is a room of so many bytes for keys, and for records.
func NewSortRoom(keys, records int) *SortRoom { return (*SortRoom)(newSortRoom(keys, records)) }

// Left is what nobody has.
func (s *SortRoom) Left() (keys, records int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left, s.small
}

// The bounds of sorts, in bytes.
const (
	TinySort   = tinySort
	SmallSort  = smallSort
	LeastLean  = leastLean
	MaxLeanKey = maxLeanKey
)

// Dropping reports whether a folder is being removed, or is about to be.
func (db *DB) Dropping() bool {
	if db.going.TryRLock() {
		db.going.RUnlock()
		return false
	}
	return true
}
